import { TenantDatabase } from '#app/database';
import type { JsonObject, RequestContext, TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { IDENTITY_JOURNAL, type IdentityJournal } from '../identity-journal.js';

/** Where a tenant's end users sign in, and how what the issuer says of them becomes the tenant's own name for them. */
export interface AgentIssuer {
  /** As in the issuer's own metadata, to the byte. */
  readonly issuer: string;
  /** A public client with PKCE: there is no secret to keep. */
  readonly clientId: string;
  /** The claim of the id token that is the identifier of the user: `sub`, `email`, … */
  readonly identifierClaim: string;
}

const FIND = `
  SELECT issuer, client_id AS "clientId", identifier_claim AS "identifierClaim" FROM agent_issuers WHERE tenant_id = $1`;
const SET = `
  INSERT INTO agent_issuers (tenant_id, issuer, client_id, identifier_claim) VALUES ($1, $2, $3, $4)
  ON CONFLICT (tenant_id) DO UPDATE SET issuer = excluded.issuer, client_id = excluded.client_id,
    identifier_claim = excluded.identifier_claim, updated_at = now()`;
const DELETE = 'DELETE FROM agent_issuers WHERE tenant_id = $1';

/** The tenant's choice of who tells us who its end users are. Whoever changes it can be any of them, so every change is on record. */
@Injectable()
export class AgentIssuersService {
  constructor(
    private readonly database: TenantDatabase,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
  ) {}

  /** Null when the tenant has named none. */
  find(tenantId: TenantId): Promise<AgentIssuer | null> {
    return this.database.withTenant(tenantId, async (em) => {
      const [row] = await em.query<AgentIssuer[]>(FIND, [tenantId]);
      return row ?? null;
    });
  }

  async set(ctx: RequestContext, chosen: AgentIssuer | null): Promise<void> {
    const { tenantId, requestId, source, caller } = ctx;
    await this.database.withTenant(tenantId, async (em) => {
      const [before = null] = await em.query<AgentIssuer[]>(FIND, [tenantId]);
      if (chosen === null) await em.query(DELETE, [tenantId]);
      else await em.query(SET, [tenantId, chosen.issuer, chosen.clientId, chosen.identifierClaim]);
      const detail: JsonObject = { before: shown(before), after: shown(chosen) };
      const clientId = caller?.clientId ?? null;
      await this.journal.record({ tenantId, requestId, source, type: 'agent_issuer.updated', clientId, detail }, em);
    });
  }
}

const shown = (issuer: AgentIssuer | null): JsonObject | null =>
  issuer === null
    ? null
    : { issuer: issuer.issuer, client_id: issuer.clientId, identifier_claim: issuer.identifierClaim };
