import type { ClientId, JsonObject, RequestContext, TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';

/** What happened to a client or to the tenant, as its audit trail is to tell it. Never holds a secret. */
export interface IdentityEvent extends Pick<RequestContext, 'tenantId' | 'requestId' | 'source'> {
  readonly type:
    | 'api_client.created'
    | 'api_client.updated'
    | 'api_client.secret_rotated'
    | 'api_client.token_refused'
    | 'tenant.updated'
    | 'tenant.created'
    | 'tenant.suspended'
    | 'tenant.resumed'
    | 'tenant.shredded'
    | 'agent_token.created'
    | 'agent_token.revoked'
    | 'agent_grant.created'
    | 'agent_grant.extended'
    | 'agent_grant.revoked'
    | 'agent_issuer.updated';
  /** The API client that did it, or that was refused. */
  readonly clientId: ClientId | null;
  /** The end user whom it is about. */
  readonly identifier?: string;
  readonly status?: 'failure';
  readonly detail?: JsonObject;
}

/**
 * What identity needs of the audit trail. The two are neighbours that do not import each other: the composition root provides
 * the trail under {@link IDENTITY_JOURNAL}.
 */
export interface IdentityJournal {
  /**
   * Records an event. With `em` it is part of that transaction, so that no change exists without its record; without, it is
   * durable once this resolves. Rejects when it could not be recorded.
   */
  record(event: IdentityEvent, em?: EntityManager): Promise<void>;

  /** A change of this tenant was committed: what this node remembers of it from before no longer holds. */
  tenantChanged(tenantId: TenantId): void;
}

/** Injection token for the {@link IdentityJournal}. */
export const IDENTITY_JOURNAL = Symbol('IdentityJournal');
