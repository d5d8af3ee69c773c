import { SystemDatabase, TenantDatabase } from '#app/database';
import { CLOCK, type Clock, type JsonObject, type RequestContext, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { agentGrantNotFound } from '../identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityEvent, type IdentityJournal } from '../identity-journal.js';
import { AgentsClient } from './agents-client.js';

/** What an end user allows an application. */
export interface NewAgentGrant {
  /** As the OAuth server calls it. */
  readonly id: string;
  readonly identifier: string;
  /** OAuth client id of the application. */
  readonly agent: string;
  readonly agentName: string;
  readonly resource: string;
  /** Id of what has that URL now. Should something else get it, nothing of that was allowed. */
  readonly resourceId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

export interface AgentGrant extends Omit<NewAgentGrant, 'resourceId'> {
  /** Null where an older release made it. */
  readonly resourceId: string | null;
  readonly createdAt: Date;
}

/** A grant as its page finds it, before its tenant is known. */
export interface FoundGrant extends AgentGrant {
  readonly tenantId: TenantId;
}

export interface GrantEnd {
  /** Only when it is one of this end user. */
  readonly of?: string;
  /** For the audit trail. */
  readonly reason: 'ended_by_tenant' | 'ended_by_user' | 'ended_by_application';
}

type By = Pick<RequestContext, 'tenantId' | 'requestId' | 'source' | 'caller'>;

/** As the OAuth server makes them; whatever else an address holds is none. */
const GRANT_ID = /^[A-Za-z0-9_-]{10,100}$/;
const COLUMNS = `id, identifier, agent, agent_name AS "agentName", resource, resource_id AS "resourceId", scopes || added_scopes AS scopes, created_at AS "createdAt",
  expires_at AS "expiresAt"`;
const ADD = `
  INSERT INTO agent_grants (tenant_id, id, identifier, agent, agent_name, resource, resource_id, scopes, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
/** Those that an application has replaced by signing in again are told by their newer one. */
const LIST = `
  SELECT ${COLUMNS} FROM agent_grants
  WHERE tenant_id = $1 AND identifier = $2 AND revoked_at IS NULL AND expires_at > $3 ORDER BY created_at DESC, id LIMIT 200`;
const REVOKE = `
  WITH revoked AS (
    UPDATE agent_grants SET revoked_at = $3
    WHERE tenant_id = $1 AND id = $2 AND ($4::text IS NULL OR identifier = $4) AND revoked_at IS NULL RETURNING *
  ) SELECT ${COLUMNS} FROM revoked`;
const BY_ID = {
  name: 'identity_agent_grant_by_id',
  text: `SELECT tenant_id AS "tenantId", ${COLUMNS} FROM agent_grants WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2 LIMIT 2`,
};
const EXTEND = `
  WITH extended AS (
    UPDATE agent_grants SET added_scopes = added_scopes || $4::text[]
    WHERE tenant_id = $1 AND id = $2 AND identifier = $3 AND revoked_at IS NULL AND expires_at > $5
      AND NOT (scopes || added_scopes) && $4::text[] RETURNING *
  ) SELECT ${COLUMNS} FROM extended`;
const CHALLENGE = `
  WITH before AS (
    SELECT tenant_id, id, challenged_token AS token, challenged_scope AS scope FROM agent_grants
    WHERE tenant_id = $1 AND id = $2 FOR UPDATE
  ), asked AS (
    UPDATE agent_grants g SET challenged_token = $3, challenged_scope = $4 FROM before
    WHERE g.tenant_id = before.tenant_id AND g.id = before.id
      AND (before.scope IS DISTINCT FROM $4 OR before.token IS NULL)
  ) SELECT coalesce(scope = $4 AND token <> $3, false) AS again FROM before`;

/**
 * Which applications end users have allowed to act for them. Every request of such an application asks whether its permission
 * is still here, so that ending one holds for the next request on every node.
 */
@Injectable()
export class AgentGrantsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly system: SystemDatabase,
    private readonly client: AgentsClient,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async add(ctx: By, grant: NewAgentGrant): Promise<void> {
    const { id, identifier, agent, agentName, resource, resourceId, scopes, expiresAt } = grant;
    const { tenantId } = ctx;
    const createdAt = new Date(this.clock.now());
    await this.database.withTenant(tenantId, async (em) => {
      await this.client.ensure(em, tenantId, ctx);
      const what = [resource, resourceId, scopes];
      await em.query(ADD, [tenantId, id, identifier, agent, agentName, ...what, createdAt, expiresAt]);
      await this.journal.record(eventOf(ctx, 'agent_grant.created', grant), em);
    });
  }

  /** What this user allows now, the newest first. */
  list(tenantId: TenantId, identifier: string): Promise<AgentGrant[]> {
    const now = new Date(this.clock.now());
    return this.database.withTenant(tenantId, (em) => em.query<AgentGrant[]>(LIST, [tenantId, identifier, now]));
  }

  /** One that stands; null when there is none. Its id is no secret, so nothing of it is for anybody but its user. */
  async find(id: string): Promise<FoundGrant | null> {
    if (!GRANT_ID.test(id)) return null;
    const [grant, another] = await this.system.query<FoundGrant>(BY_ID, [id, new Date(this.clock.now())]);
    return grant === undefined || another !== undefined ? null : grant;
  }

  /**
   * Its user allows the application more than they did at first: from the next request on, whatever token that is made with.
   * Changes nothing when it has ended, or has that already.
   */
  async extend(
    ctx: By,
    { id, identifier }: Pick<AgentGrant, 'id' | 'identifier'>,
    added: readonly string[],
  ): Promise<void> {
    const { tenantId } = ctx;
    await this.database.withTenant(tenantId, async (em) => {
      const values = [tenantId, id, identifier, added, new Date(this.clock.now())];
      const [grant] = await em.query<AgentGrant[]>(EXTEND, values);
      if (grant !== undefined) await this.journal.record(eventOf(ctx, 'agent_grant.extended', grant, { added }), em);
    });
  }

  /** Ends one; with `of`, only one of that user. Throws `not_found`. */
  async revoke(ctx: By, id: string, how: GrantEnd): Promise<void> {
    if (!(await this.end(ctx, id, how))) throw agentGrantNotFound();
  }

  /** As {@link revoke}, for what may have ended already; whether it had not. */
  async end(ctx: By, id: string, { of, reason }: GrantEnd): Promise<boolean> {
    if (!GRANT_ID.test(id)) return false;
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const values = [ctx.tenantId, id, new Date(this.clock.now()), of ?? null];
      const [grant] = await em.query<AgentGrant[]>(REVOKE, values);
      if (grant !== undefined) await this.journal.record(eventOf(ctx, 'agent_grant.revoked', grant, { reason }), em);
      return grant !== undefined;
    });
  }

  /** Remembers for which token the application was told to ask for a scope. `before`: it was told, and came back with another. */
  challenge(
    tenantId: TenantId,
    grantId: string,
    { tokenId, scope }: { tokenId: string; scope: string },
  ): Promise<'now' | 'before'> {
    return this.database.withTenant(tenantId, async (em) => {
      const [row] = await em.query<{ again: boolean }[]>(CHALLENGE, [tenantId, grantId, tokenId, scope]);
      return row?.again === true ? 'before' : 'now';
    });
  }
}

function eventOf(
  ctx: By,
  type: IdentityEvent['type'],
  grant: Omit<NewAgentGrant, 'resourceId'>,
  more: JsonObject = {},
): IdentityEvent {
  const { tenantId, requestId, source, caller } = ctx;
  const { id, identifier, agent, agentName, resource, scopes } = grant;
  const detail = { id, agent, agent_name: agentName, resource, scopes, ...more };
  return { tenantId, requestId, source, type, clientId: caller?.clientId ?? null, identifier, detail };
}
