import { APP_CONFIG, type AppConfig } from '#app/config';
import { TenantDatabase } from '#app/database';
import { CLOCK, isId, newId, type AgentTokenId, type Clock, type JsonObject, type RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { agentTokenNotFound, mayNotMakeTokens } from '../identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityEvent, type IdentityJournal } from '../identity-journal.js';
import { readPageRequest, toPage, type Page, type PageRequest } from '../page.js';
import { SigningKeys } from '../signing-keys.js';
import { signAgentToken } from './agent-claims.js';

/** What the tenant's back end asks for. */
export interface NewAgentToken {
  readonly identifier: string;
  /** The URL that the token is to open. */
  readonly resource: string;
  /** Id of what has that URL now. Should something else get it, the token does not open that. */
  readonly resourceId: string;
  readonly scopes: readonly string[];
  readonly lifetimeMs: number;
}

/** A token as its tenant sees it; the token itself is shown once, when it is made. */
export interface AgentToken extends Omit<NewAgentToken, 'lifetimeMs' | 'resourceId'> {
  readonly id: AgentTokenId;
  readonly clientId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

export interface AgentTokenFilter extends PageRequest {
  readonly identifier?: string | undefined;
}

const COLUMNS = `id, client_id AS "clientId", identifier, resource, scopes, created_at AS "createdAt",
  expires_at AS "expiresAt", revoked_at AS "revokedAt"`;
const ADD = `
  INSERT INTO agent_tokens (tenant_id, id, client_id, secret_stamp, identifier, resource, resource_id, scopes, created_at,
    expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${COLUMNS}`;
const LIST = `
  SELECT ${COLUMNS} FROM agent_tokens
  WHERE tenant_id = $1 AND ($2::text IS NULL OR identifier = $2) AND id > $3 ORDER BY id LIMIT $4`;
const REVOKE = `
  WITH revoked AS (
    UPDATE agent_tokens SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2 RETURNING *
  ) SELECT ${COLUMNS} FROM revoked`;

/**
 * Tokens that a tenant's back end makes for agents that can't sign their user in. Each is for one end user and one URL, works in
 * the name of the API client that made it, and can do no more than that client.
 */
@Injectable()
export class AgentTokensService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly keys: SigningKeys,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async issue(ctx: RequestContext, wanted: NewAgentToken): Promise<{ token: AgentToken; accessToken: string }> {
    const { caller, tenantId } = ctx;
    if (caller === null) throw mayNotMakeTokens();
    const { identifier, resource, resourceId, scopes } = wanted;
    const now = this.clock.now();
    const id = newId('agentToken');
    // Whole seconds, as they stand in the token
    const expiresAt = Math.floor((now + wanted.lifetimeMs) / 1000) * 1000;
    const claims = { tenantId, tokenId: id, identifier, audience: resource, scopes, agent: caller.clientId };
    const key = await this.keys.current();
    const accessToken = await signAgentToken({ ...claims, grantId: null, expiresAt }, key, this.issuer, now);
    const values = [caller.clientId, caller.secretStamp, identifier, resource, resourceId, scopes];
    const token = await this.database.withTenant(tenantId, async (em) => {
      const dates = [new Date(now), new Date(expiresAt)];
      const [row] = await em.query<AgentToken[]>(ADD, [tenantId, id, ...values, ...dates]);
      await this.journal.record(eventOf(ctx, 'agent_token.created', row as AgentToken), em);
      return row as AgentToken;
    });
    return { token, accessToken };
  }

  list({ tenantId }: RequestContext, filter: AgentTokenFilter): Promise<Page<AgentToken>> {
    const { limit, after } = readPageRequest(filter);
    return this.database.withTenant(tenantId, async (em) => {
      const values = [tenantId, filter.identifier ?? null, after ?? '', limit + 1];
      return toPage(await em.query<AgentToken[]>(LIST, values), limit);
    });
  }

  /** The next request with it is refused, on every node. To do it again changes nothing. */
  async revoke(ctx: RequestContext, id: string): Promise<void> {
    if (!isId('agentToken', id)) throw agentTokenNotFound(id);
    await this.database.withTenant(ctx.tenantId, async (em) => {
      const [token] = await em.query<AgentToken[]>(REVOKE, [ctx.tenantId, id, new Date(this.clock.now())]);
      if (token === undefined) throw agentTokenNotFound(id);
      await this.journal.record(eventOf(ctx, 'agent_token.revoked', token), em);
    });
  }

  private get issuer(): string {
    return this.config.http.publicUrl;
  }
}

function eventOf(ctx: RequestContext, type: IdentityEvent['type'], token: AgentToken): IdentityEvent {
  const { tenantId, requestId, source, caller } = ctx;
  const { id, resource, scopes, expiresAt, identifier } = token;
  const detail: JsonObject = { id, resource, scopes, until: expiresAt.toISOString() };
  return { tenantId, requestId, source, type, clientId: caller?.clientId ?? null, identifier, detail };
}
