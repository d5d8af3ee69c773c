import type { ClientId, JsonObject, RequestContext } from '#app/kernel';
import type { EntityManager } from 'typeorm';

/** What happened to the keys of a tenant, as its audit trail is to tell it. */
export interface VaultEvent extends Pick<RequestContext, 'tenantId' | 'requestId' | 'source'> {
  readonly type: 'data_key.staged' | 'data_key.promoted' | 'data_key.rewrapped' | 'data_key.destroyed';
  /** The API client that asked for it; null for a job. */
  readonly clientId: ClientId | null;
  readonly detail: JsonObject;
}

/**
 * What the vault needs of the audit trail. The two are neighbours that do not import each other: the composition root provides
 * the trail under {@link VAULT_JOURNAL}.
 */
export interface VaultJournal {
  /** Records an event as part of the transaction of the change that it tells of. */
  record(event: VaultEvent, em: EntityManager): Promise<void>;
}

/** Injection token for the {@link VaultJournal}. */
export const VAULT_JOURNAL = Symbol('VaultJournal');

/** Who is behind a change of keys: a request, or a job of this node for the tenant. */
export type KeyContext = Pick<RequestContext, 'tenantId' | 'requestId' | 'source' | 'caller'>;
