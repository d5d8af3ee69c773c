import { camelCased } from '../http/camel-case.js';
import type { CallOptions, Request, Transport } from '../http/transport.js';

/** What your server can be told of, named as in the audit trail. */
export type WebhookEventType =
  | 'connected_account.created'
  | 'connected_account.verification_pending'
  | 'connected_account.verification_refused'
  | 'connected_account.activated'
  | 'connected_account.disconnected'
  | 'connected_account.deleted'
  | 'connected_account.expired'
  | 'connected_account.revoked_by_provider'
  | 'connected_account.refreshed'
  | 'connected_account.refresh_failed'
  | 'connected_account.upstream_revoked'
  | 'connected_account.upstream_revoke_skipped'
  | 'connected_account.upstream_revoke_failed'
  | 'connection.deleted';

/** An endpoint of yours that is told of events. */
export interface Webhook {
  /** Id of the endpoint. */
  readonly id: string;
  /** Where events are posted to. */
  readonly url: string;
  /** What it is told of; empty means everything. */
  readonly events: readonly string[];
  /** A disabled one is told of nothing. */
  readonly status: 'enabled' | 'disabled' | (string & {});
  /** Since when every delivery has failed; it is disabled after five days of that. */
  readonly failingSince: string | null;
  /** Until when the previous secret signs along; null when it does not. */
  readonly previousSecretUntil: string | null;
  /** When it was made. */
  readonly createdAt: string;
  /** When it last changed. */
  readonly updatedAt: string;
}

/** An endpoint with its secret, which is shown this once. */
export interface WebhookWithSecret {
  /** The endpoint. */
  readonly webhook: Webhook;
  /** For {@link verifyWebhook} (`whsec_…`); keep it where your other secrets are. */
  readonly secret: string;
}

/** One event on its way to one endpoint. */
export interface WebhookDelivery {
  /** The `webhook-id` under which your server sees it, however often it is sent. */
  readonly eventId: string;
  /** What it tells of. */
  readonly type: WebhookEventType | (string & {});
  /** Whether it has arrived. */
  readonly state: 'pending' | 'delivered' | 'failed' | (string & {});
  /** How often it was sent. */
  readonly attempts: number;
  /** HTTP status of the last answer. */
  readonly lastStatus: number | null;
  /** Why there was no answer. */
  readonly lastError: string | null;
  /** When it is sent next; null once it has ended. */
  readonly nextAttemptAt: string | null;
  /** When the event happened. */
  readonly createdAt: string;
  /** When it arrived, or was given up; null while it is on its way. */
  readonly finishedAt: string | null;
}

/** An endpoint that is made by {@link WebhooksApi.createWebhook}. */
export interface NewWebhook {
  /** Where events are posted to; https. */
  readonly url: string;
  /** What to be told of; everything if left out. */
  readonly events?: readonly WebhookEventType[];
}

/** A change by {@link WebhooksApi.updateWebhook}; what is left out stays as it is. */
export interface WebhookChange {
  /** Where events are posted to; https. */
  readonly url?: string;
  /** What to be told of; an empty list means everything. */
  readonly events?: readonly WebhookEventType[];
  /** A disabled one is told of nothing. */
  readonly status?: 'enabled' | 'disabled';
}

/** The endpoints of yours that are told of events. To check what arrives there, use {@link verifyWebhook}. */
export class WebhooksApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Your endpoints, newest first. */
  async listWebhooks(options: CallOptions = {}): Promise<readonly Webhook[]> {
    return (await this.#ask<{ webhooks: Webhook[] }>({ ...options, method: 'GET', path: BASE })).webhooks;
  }

  /** Adds an endpoint. Its secret is in this answer, and never shown again. */
  createWebhook({ url, events }: NewWebhook, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.#ask({ ...options, method: 'POST', path: BASE, body: { url, events } });
  }

  /** One endpoint. Throws `not_found`. */
  async getWebhook(id: string, options: CallOptions = {}): Promise<Webhook> {
    return (await this.#ask<{ webhook: Webhook }>({ ...options, method: 'GET', path: pathOf(id) })).webhook;
  }

  /** Changes an endpoint, enables or disables it. */
  async updateWebhook(id: string, change: WebhookChange, options: CallOptions = {}): Promise<Webhook> {
    const { url, events, status } = change;
    const body = { url, events, status };
    // the same change a second time changes nothing
    const sent = { ...options, method: 'PATCH', path: pathOf(id), body, repeatable: 'always' } as const;
    return (await this.#ask<{ webhook: Webhook }>(sent)).webhook;
  }

  /** Deletes an endpoint, and what is on its way there. */
  async deleteWebhook(id: string, options: CallOptions = {}): Promise<void> {
    await this.#ask({ ...options, method: 'DELETE', path: pathOf(id) });
  }

  /** Gives an endpoint a new secret. For a day the old one signs along: hand both to {@link verifyWebhook} until then. */
  rotateWebhookSecret(id: string, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.#ask({ ...options, method: 'POST', path: `${pathOf(id)}:rotate_secret` });
  }

  /** The newest deliveries to an endpoint, and what came of them. */
  async listWebhookDeliveries(id: string, options: CallOptions = {}): Promise<readonly WebhookDelivery[]> {
    const request = { ...options, method: 'GET', path: `${pathOf(id)}/deliveries` } as const;
    return (await this.#ask<{ deliveries: WebhookDelivery[] }>(request)).deliveries;
  }

  /** Sends an event once more, under the same `webhook-id`. */
  async redeliverWebhook(id: string, eventId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    const path = `${pathOf(id)}/deliveries/${encodeURIComponent(eventId)}:redeliver`;
    return (await this.#ask<{ delivery: WebhookDelivery }>({ ...options, method: 'POST', path })).delivery;
  }

  async #ask<Answer>(request: Request): Promise<Answer> {
    return camelCased(await this.#transport.json(request)) as Answer;
  }
}

const BASE = '/api/v1/webhooks';
const pathOf = (id: string): string => `${BASE}/${encodeURIComponent(id)}`;
