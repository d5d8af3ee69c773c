import { createPrivateKey, hash, type KeyObject } from 'node:crypto';
import { Secret } from '#app/kernel';
import { openRecord, sealRecord } from './barrier/barrier.js';
import { readEnvelope } from './barrier/envelope.js';
import type { SealBinding } from './barrier/seal-binding.js';
import type { Keyring } from './keyring/keyring.js';
import type { SealCounter } from './keyring/seal-counter.js';
import type { TenantKeyStore } from './keyring/tenant-key-store.js';
import { sealedColumn, type SealedColumnParts } from './resealing/sealed-column.js';
import type { SealedStores } from './resealing/sealed-stores.js';
import { checkMasterKey } from './seal/check-master-key.js';
import type { MasterKeys } from './seal/master-keys.js';
import { VaultOpenError } from './vault.errors.js';

/**
 * Seals secrets for the database and opens them again. Whoever reads or rewrites the tables gains nothing: a record opens with
 * its tenant's data key only, and only in the place it was sealed for.
 */
export class Vault {
  /** What this node has done since it started. */
  readonly counts = { sealed: 0, opened: 0, refused: 0 };

  constructor(
    private readonly keyring: Keyring,
    private readonly seals: SealCounter,
    private readonly masterKeys: MasterKeys,
    private readonly store: TenantKeyStore,
    private readonly sealedStores: SealedStores,
  ) {}

  /** A record for the database. Throws `AppError('not_available')` when the data key can't be loaded. */
  seal(binding: SealBinding, secret: Secret): Promise<Buffer> {
    return this.sealBytes(binding, Buffer.from(secret.reveal()));
  }

  /** What was sealed. Throws {@link VaultOpenError} when it is not authentic in this place. */
  async open(binding: SealBinding, sealed: Buffer): Promise<Secret> {
    const bytes = await this.openBytes(binding, sealed);
    const secret = new Secret(bytes.toString());
    bytes.fill(0);
    return secret;
  }

  /** As {@link seal}, for a private key. */
  sealKey(binding: SealBinding, key: KeyObject): Promise<Buffer> {
    return this.sealBytes(binding, key.export({ type: 'pkcs8', format: 'der' }));
  }

  /** As {@link open}, for a private key: it goes from the record into OpenSSL's memory. */
  async openKey(binding: SealBinding, sealed: Buffer): Promise<KeyObject> {
    const bytes = await this.openBytes(binding, sealed);
    const key = createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' });
    bytes.fill(0);
    return key;
  }

  /** SHA-256 of a secret with full entropy, for a library that stores or compares it and may not see it. */
  digest(secret: Secret): Buffer {
    return hash('sha256', secret.reveal(), 'buffer');
  }

  /** To be called once at start for every column that holds sealed values: they are sealed anew when a data key is rotated. */
  registerColumn<Row extends object>(column: SealedColumnParts<Row>): void {
    this.sealedStores.register(sealedColumn(column));
  }

  /** A record of the same value in the same place, sealed with the newest data key. */
  async reseal(binding: SealBinding, sealed: Buffer): Promise<Buffer> {
    return this.sealBytes(binding, await this.openBytes(binding, sealed));
  }

  /**
   * To be called at boot, before anything is sealed. Throws {@link MasterKeyError} when the configured master key is not the one
   * that the database was sealed with; makes the key file of a development installation whose database is new.
   */
  checkMasterKey(): Promise<void> {
    return checkMasterKey(this.masterKeys, this.store);
  }

  private async sealBytes(binding: SealBinding, plaintext: Buffer): Promise<Buffer> {
    try {
      const record = sealRecord(await this.seals.keyForOneSeal(binding.tenantId), binding, plaintext);
      this.counts.sealed += 1;
      return record;
    } finally {
      plaintext.fill(0);
    }
  }

  private async openBytes(binding: SealBinding, sealed: Buffer): Promise<Buffer> {
    try {
      const envelope = readEnvelope(sealed);
      const key = await this.keyring.version(binding.tenantId, envelope.keyVersion);
      const bytes = openRecord(key, binding, envelope);
      this.counts.opened += 1;
      return bytes;
    } catch (error) {
      if (error instanceof VaultOpenError) this.counts.refused += 1;
      throw error;
    }
  }
}
