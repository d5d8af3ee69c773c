import { hash } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { SystemDatabase } from '#app/database';
import { CLOCK, type Caller, type ClientId, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { keyIdOf } from '../access-token.js';
import { ClientDirectory } from '../client-directory.js';
import { SigningKeys } from '../signing-keys.js';
import { verifyAgentToken, type AgentClaims } from './agent-claims.js';

/** Who bears a token of an agent, and the API client in whose name the agent works. */
export interface AgentIdentity extends AgentClaims {
  readonly client: Caller;
  /** Id of what had the audience's URL when the token was made, or the user allowed it. Null where an older release made it. */
  readonly resourceId: string | null;
}

/**
 * Why a token opens nothing, for whoever runs this: the bearer is told no more than that it does not.
 *
 * - `not_ours`: garbled, changed, of another kind or from another server
 * - `expired`, `revoked`: by time; by the tenant, the user or the application
 * - `client_ended`: the API client in whose name the agent works is disabled or has another secret by now, or its tenant is suspended
 */
export type AgentRefusal = 'not_ours' | 'expired' | 'revoked' | 'client_ended';

export type AgentAnswer =
  | { readonly identity: AgentIdentity; readonly refused?: undefined }
  | { readonly refused: AgentRefusal; readonly tokenId: string | null; readonly identity?: undefined };

interface Holder {
  readonly clientId: ClientId;
  /** Null where the client's secret does not matter. */
  readonly stamp: string | null;
  /** What the user has allowed since the token was made. */
  readonly added: readonly string[];
  readonly resourceId: string | null;
}

const LIVE_TOKEN = {
  name: 'identity_live_agent_token',
  text: `SELECT client_id AS "clientId", secret_stamp AS stamp, '{}'::text[] AS added,
           resource_id AS "resourceId" FROM agent_tokens
         WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL`,
};
const LIVE_GRANT = {
  name: 'identity_live_agent_grant',
  text: `SELECT s.client_id AS "clientId", NULL AS stamp, g.added_scopes AS added, g.resource_id AS "resourceId"
         FROM agent_grants g
         JOIN agent_settings s ON s.tenant_id = g.tenant_id
         WHERE g.tenant_id = $1 AND g.id = $2 AND g.revoked_at IS NULL`,
};
const MOST_TOKENS = 10_000;
/** Identifiers and URLs are short; nothing longer is worth a digest. */
const LONGEST_TOKEN = 8_192;

/**
 * Says who bears a token of an agent. The signature is checked once; whether the token, or the permission that it rests on, was
 * revoked is asked of the database every time, so that a revocation holds for the next request on every node.
 */
@Injectable()
export class AgentAccess {
  /** Verified tokens by digest: the cache holds no token. */
  private readonly verified = new LRUCache<string, AgentClaims>({ max: MOST_TOKENS });

  constructor(
    private readonly keys: SigningKeys,
    private readonly clients: ClientDirectory,
    private readonly system: SystemDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Whose the token is, when it is valid here and now. The caller compares the audience. */
  async identify(token: string): Promise<AgentAnswer> {
    const claims = await this.claimsOf(token);
    if (claims === null) return { refused: 'not_ours', tokenId: null };
    const { tenantId, grantId, tokenId } = claims;
    if (this.clock.now() >= claims.expiresAt) return { refused: 'expired', tokenId };
    const [statement, id] = grantId === null ? [LIVE_TOKEN, tokenId] : [LIVE_GRANT, grantId];
    const [holder] = await this.system.query<Holder>(statement, [tenantId, id]);
    if (holder === undefined) return { refused: 'revoked', tokenId };
    const client = await this.clientOf(claims, holder);
    if (client === null) return { refused: 'client_ended', tokenId };
    const scopes = [...claims.scopes, ...holder.added];
    return { identity: { ...claims, scopes, client, resourceId: holder.resourceId } };
  }

  private async claimsOf(token: string): Promise<AgentClaims | null> {
    if (token.length > LONGEST_TOKEN) return null;
    const digest = hash('sha256', token, 'base64');
    const known = this.verified.get(digest);
    if (known !== undefined) return known;
    const kid = keyIdOf(token);
    const key = kid === null ? null : await this.keys.find(kid);
    if (key === null) return null;
    const claims = await verifyAgentToken(token, key, this.config.http.publicUrl, this.clock.now());
    if (claims !== null) this.verified.set(digest, claims);
    return claims;
  }

  /** A token ends with its API client, and with the secret for which it was made. */
  private async clientOf({ tenantId }: AgentClaims, { clientId, stamp }: Holder): Promise<Caller | null> {
    const differs = (caller: Caller | undefined): boolean => stamp !== null && caller?.secretStamp !== stamp;
    let client = await this.clients.find(tenantId, clientId);
    if (differs(client?.caller)) client = await this.clients.reload(tenantId, clientId);
    if (client === null || !client.active || differs(client.caller)) return null;
    return client.caller;
  }
}
