import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { SystemDatabase, TenantDatabase } from '#app/database';
import { CLOCK, INSTALLATION_TENANT, type Clock } from '#app/kernel';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { SECRET_KEEPER, type SealedKeyColumn, type SecretKeeper, type SigningKeyBinding } from './secret-keeper.js';

export interface SigningKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface SigningKeyRow {
  kid: string;
  publicJwk: JWK;
  sealed: Buffer;
}

const generateRsa = promisify(generateKeyPair);
const ALGORITHM = 'RS256';
const LOAD = {
  name: 'identity_signing_keys',
  text: `SELECT kid, public_jwk AS "publicJwk", private_key_sealed AS sealed FROM signing_keys
         WHERE tenant_id = $1 ORDER BY created_at DESC, kid`,
};
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('gatehouse.signing_keys', 0))`;
const ADD_FIRST = `
  INSERT INTO signing_keys (tenant_id, kid, algorithm, public_jwk, private_key_sealed)
  SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM signing_keys WHERE tenant_id = $1)`;

/** A token with an unknown key id makes us look for new keys at most this often: ids are free for anyone to invent. */
const LOOK_AGAIN_MS = 10_000;

/** The keys that sign access tokens: one per installation, made at first use, its private half sealed by the vault. */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private keys: Promise<readonly SigningKey[]> | null = null;
  private loadedAt = 0;

  constructor(
    @Inject(SystemDatabase) private readonly system: Pick<SystemDatabase, 'query'>,
    @Inject(TenantDatabase) private readonly tenants: Pick<TenantDatabase, 'withTenant'>,
    @Inject(SECRET_KEEPER) private readonly keeper: SecretKeeper,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.keeper.registerColumn(SEALED_KEYS);
  }

  /** The newest key. Any number of nodes that need the first one at once end up with the same. */
  async current(): Promise<SigningKey> {
    const [newest] = await this.all();
    if (newest !== undefined) return newest;
    await this.addFirst();
    const [first] = await this.reload();
    if (first === undefined) throw new Error('The signing key vanished while it was being made');
    return first;
  }

  /** The key of that id; null when there is none. */
  async find(kid: string): Promise<SigningKey | null> {
    const known = (await this.all()).find((key) => key.kid === kid);
    if (known !== undefined) return known;
    if (this.clock.now() - this.loadedAt < LOOK_AGAIN_MS) return null;
    return (await this.reload()).find((key) => key.kid === kid) ?? null;
  }

  /** Every key, the newest first. */
  all(): Promise<readonly SigningKey[]> {
    return this.keys ?? this.reload();
  }

  /** Whoever needs a known key is served with it meanwhile, and also when nothing can be loaded: key ids are free for anyone to invent. */
  private async reload(): Promise<readonly SigningKey[]> {
    this.loadedAt = this.clock.now();
    const loading = this.load();
    this.keys ??= loading;
    try {
      await loading;
      this.keys = loading;
    } catch (error) {
      if (this.keys === loading) this.keys = null;
      throw error;
    }
    return loading;
  }

  private async load(): Promise<readonly SigningKey[]> {
    const rows = await this.system.query<SigningKeyRow>(LOAD, [INSTALLATION_TENANT]);
    return Promise.all(rows.map((row) => this.open(row)));
  }

  private async open({ kid, publicJwk, sealed }: SigningKeyRow): Promise<SigningKey> {
    const privateKey = await this.keeper.openKey(bindingOf(kid), sealed);
    // From the sealed half: whoever can write to the table must not be able to have foreign tokens verified
    return { kid, publicJwk, publicKey: createPublicKey(privateKey), privateKey };
  }

  private async addFirst(): Promise<void> {
    const { publicKey, privateKey } = await generateRsa('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(jwk);
    const sealed = await this.keeper.sealKey(bindingOf(kid), privateKey);
    const publicJwk = JSON.stringify({ ...jwk, kid, alg: ALGORITHM, use: 'sig' });
    await this.tenants.withTenant(INSTALLATION_TENANT, async (em) => {
      await em.query(LOCK);
      await em.query(ADD_FIRST, [INSTALLATION_TENANT, kid, ALGORITHM, publicJwk, sealed]);
    });
  }
}

const bindingOf = (kid: string): SigningKeyBinding => ({
  tenantId: INSTALLATION_TENANT,
  connectionId: '',
  accountId: kid,
  kind: 'signing_key',
  version: 1,
  generation: 0,
});

const SEALED_KEYS: SealedKeyColumn = {
  name: 'signing_keys',
  table: 'signing_keys',
  column: 'private_key_sealed',
  key: { kid: 'text' },
  select: { kid: 'held.kid' },
  bindings: ({ kid }) => [bindingOf(kid)],
  forget: 'DELETE FROM signing_keys WHERE tenant_id = $1',
};
