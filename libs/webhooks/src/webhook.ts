import type { EventId, WebhookId } from '#app/kernel';
import type { WebhookDeliveryEntity } from './entities/webhook-delivery.entity.js';
import type { WebhookEndpointEntity } from './entities/webhook-endpoint.entity.js';

/** Where a tenant wants to be told of what happens. Its secret is not part of it. */
export interface WebhookEndpoint {
  readonly id: WebhookId;
  readonly url: string;
  /** Empty means all. */
  readonly events: readonly string[];
  readonly status: 'enabled' | 'disabled';
  /** Since when every delivery has failed. */
  readonly failingSince: Date | null;
  /** Until when the previous secret signs along; null when it does not. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One event on its way to one endpoint. */
export interface WebhookDelivery {
  /** The id under which the receiver sees it, however often it is sent. */
  readonly eventId: EventId;
  readonly type: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** Null once it has ended. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export const toEndpoint = (row: WebhookEndpointEntity): WebhookEndpoint => ({
  id: row.id,
  url: row.url,
  events: row.events,
  status: row.status,
  failingSince: row.failingSince,
  previousSecretUntil: row.previousSecretUntil,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

export const toDelivery = (row: Omit<WebhookDeliveryEntity, 'body'>): WebhookDelivery => ({
  eventId: row.eventId,
  type: row.type,
  state: row.state,
  attempts: row.attempts,
  lastStatus: row.lastStatus,
  lastError: row.lastError,
  nextAttemptAt: row.state === 'pending' ? row.nextAttemptAt : null,
  createdAt: row.createdAt,
  finishedAt: row.finishedAt,
});
