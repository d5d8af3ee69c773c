import type { EventId, JsonObject, TenantId } from '#app/kernel';

/** What a tenant can be told of, named as in its audit trail. */
export const WEBHOOK_EVENTS = [
  'connected_account.created',
  'connected_account.verification_pending',
  'connected_account.verification_refused',
  'connected_account.activated',
  'connected_account.disconnected',
  'connected_account.deleted',
  'connected_account.expired',
  'connected_account.revoked_by_provider',
  'connected_account.refreshed',
  'connected_account.refresh_failed',
  'connected_account.upstream_revoked',
  'connected_account.upstream_revoke_skipped',
  'connected_account.upstream_revoke_failed',
  'connection.deleted',
] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

export const isWebhookEvent = (type: string): type is WebhookEventType =>
  (WEBHOOK_EVENTS as readonly string[]).includes(type);

/** Ids and states only: whoever reads a webhook can ask for more with its API client. */
export interface WebhookEvent {
  readonly tenantId: TenantId;
  readonly type: WebhookEventType;
  readonly data: JsonObject;
}

/** The envelope of the published API. `object` is the noun of the type. */
export const envelope = ({ tenantId, type, data }: WebhookEvent, id: EventId, occurredAt: Date): string =>
  JSON.stringify({
    spec_version: '1',
    id,
    type,
    object: type.slice(0, type.indexOf('.')),
    occurred_at: occurredAt.toISOString(),
    environment_id: tenantId,
    data,
  });
