import { hash } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { CLOCK, type Caller, type Clock, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import { TOKEN_LIFETIME, keyIdOf, signAccessToken, verifyAccessToken, type TokenIdentity } from './access-token.js';
import { ClientCredentials, type TokenRequest } from './client-credentials.js';
import { ClientDirectory } from './client-directory.js';
import { tokenRefused } from './identity.errors.js';
import { SigningKeys } from './signing-keys.js';

export interface IssuedToken {
  readonly accessToken: string;
  /** Seconds; one less than it is, so that a client renews in time. */
  readonly expiresIn: number;
}

/** Who makes a request. */
export interface Authenticated {
  readonly tenantId: TenantId;
  readonly caller: Caller;
}

const MOST_TOKENS = 10_000;
/** Ours have about 900 characters; nothing longer is worth a digest. */
const LONGEST_TOKEN = 4_096;

/**
 * Access tokens of API clients. A token says who its bearer is; what that client may do is read from its row, so that a change
 * or a disabled client does not wait for tokens to expire.
 */
@Injectable()
export class TokenService {
  /** Verified tokens by digest: a signature is checked once, and the cache holds no token. */
  private readonly verified = new LRUCache<string, TokenIdentity>({ max: MOST_TOKENS });

  constructor(
    private readonly keys: SigningKeys,
    private readonly clients: ClientDirectory,
    private readonly credentials: ClientCredentials,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** A token for a client id and its secret. Throws `unauthenticated`; see {@link ClientCredentials.check}. */
  async issue(request: TokenRequest): Promise<IssuedToken> {
    const client = await this.credentials.check(request);
    const accessToken = await signAccessToken(client, await this.keys.current(), this.issuer, this.clock.now());
    return { accessToken, expiresIn: TOKEN_LIFETIME - 1 };
  }

  /** Who bears this token. Throws `unauthenticated`. */
  async verify(token: string): Promise<Authenticated> {
    if (token.length > LONGEST_TOKEN) throw tokenRefused();
    const digest = hash('sha256', token, 'base64');
    const identity = this.verified.get(digest) ?? (await this.checkOnce(digest, token));
    if (identity === null || this.clock.now() >= identity.expiresAt) throw tokenRefused();
    const { tenantId, clientId, stamp } = identity;
    let client = await this.clients.find(tenantId, clientId);
    // The secret was changed: either the token is of the old one, or what we remember is
    if (client !== null && client.caller.secretStamp !== stamp) client = await this.clients.reload(tenantId, clientId);
    if (client === null || !client.active || client.caller.secretStamp !== stamp) throw tokenRefused();
    return { tenantId, caller: client.caller };
  }

  /** What a client may do as of now, past every cache; null when it is disabled or its secret is another one by now. */
  async reloadCaller(tenantId: TenantId, seen: Caller): Promise<Caller | null> {
    const client = await this.clients.reload(tenantId, seen.clientId);
    return client?.active === true && client.caller.secretStamp === seen.secretStamp ? client.caller : null;
  }

  /** The public keys (RFC 7517). */
  async jwks(): Promise<{ keys: readonly JWK[] }> {
    await this.keys.current();
    return { keys: (await this.keys.all()).map(({ publicJwk }) => publicJwk) };
  }

  private get issuer(): string {
    return this.config.http.publicUrl;
  }

  private async checkOnce(digest: string, token: string): Promise<TokenIdentity | null> {
    const identity = await this.check(token);
    if (identity !== null) this.verified.set(digest, identity);
    return identity;
  }

  private async check(token: string): Promise<TokenIdentity | null> {
    const kid = keyIdOf(token);
    const key = kid === null ? null : await this.keys.find(kid);
    return key === null ? null : verifyAccessToken(token, key, this.issuer, this.clock.now());
  }
}
