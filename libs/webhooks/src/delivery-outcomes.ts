import { AuditTrail } from '#app/audit';
import { TenantDatabase } from '#app/database';
import { CLOCK, newId, type Clock, type EventId, type TenantId, type WebhookId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WebhookDeliveryEntity } from './entities/webhook-delivery.entity.js';
import { WebhookEndpointEntity } from './entities/webhook-endpoint.entity.js';

/** What the endpoint answered, or why it did not. */
export type Answer =
  | { readonly status: number }
  | { readonly error: string }
  /** The secret to sign with does not open; `incident` is why. */
  | { readonly error: string; readonly incident: string };

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;
const GIVEN_UP_AFTER_MS = 3 * 24 * 3_600_000;
const DISABLED_AFTER_MS = 5 * 24 * 3_600_000;
/** The receiver says that it does not want any more. */
const GONE = 410;

/** Writes down what came of a delivery, and disables an endpoint that has not worked for days. */
@Injectable()
export class DeliveryOutcomes {
  constructor(
    private readonly database: TenantDatabase,
    private readonly trail: AuditTrail,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The delivery, while it is still to be made, and its endpoint. */
  find(
    tenantId: TenantId,
    endpointId: WebhookId,
    eventId: EventId,
  ): Promise<{ endpoint: WebhookEndpointEntity; delivery: WebhookDeliveryEntity } | null> {
    return this.database.withTenant(tenantId, async (em) => {
      const delivery = await em.findOneBy(WebhookDeliveryEntity, { tenantId, endpointId, eventId, state: 'pending' });
      const endpoint = await em.findOneBy(WebhookEndpointEntity, { tenantId, id: endpointId });
      return delivery === null || endpoint === null ? null : { endpoint, delivery };
    });
  }

  async record(endpoint: WebhookEndpointEntity, delivery: WebhookDeliveryEntity, answer: Answer): Promise<void> {
    const { tenantId, endpointId, eventId } = delivery;
    const delivered = 'status' in answer && answer.status >= 200 && answer.status <= 299;
    await this.database.withTenant(tenantId, async (em) => {
      const changes = delivered ? this.ended('delivered', answer) : this.afterFailure(delivery, answer);
      await em.update(WebhookDeliveryEntity, { tenantId, endpointId, eventId, state: 'pending' }, changes);
      if (delivered) await this.works(em, endpoint);
      else await this.fails(em, endpoint, answer);
      if ('incident' in answer && delivery.lastError !== answer.error) await this.report(em, delivery, answer.incident);
    });
  }

  /** Once for each delivery that can't be signed, however often that is tried. */
  private async report(em: EntityManager, delivery: WebhookDeliveryEntity, reason: string): Promise<void> {
    const { tenantId, endpointId, eventId } = delivery;
    const who = { tenantId, source: 'job' as const, requestId: newId('request') };
    const detail = { stored: 'webhook_secret', webhook_id: endpointId, event_id: eventId };
    await this.trail.record({ ...who, type: 'vault.open_failed', reason, detail }, em);
  }

  private afterFailure(delivery: WebhookDeliveryEntity, answer: Answer): Partial<WebhookDeliveryEntity> {
    const now = this.clock.now();
    const disabled = 'error' in answer && answer.error === 'endpoint_disabled';
    if (disabled || now >= delivery.createdAt.getTime() + GIVEN_UP_AFTER_MS) return this.ended('failed', answer);
    const wait = Math.min(FIRST_WAIT_MS * 3 ** Math.min(delivery.attempts - 1, 15), LONGEST_WAIT_MS);
    return { ...told(answer), nextAttemptAt: new Date(now + wait * (0.8 + Math.random() / 5)) };
  }

  private ended(state: 'delivered' | 'failed', answer: Answer): Partial<WebhookDeliveryEntity> {
    return { ...told(answer), state, finishedAt: new Date(this.clock.now()) };
  }

  private async works(em: EntityManager, { tenantId, id, failingSince }: WebhookEndpointEntity): Promise<void> {
    if (failingSince !== null) await em.update(WebhookEndpointEntity, { tenantId, id }, { failingSince: null });
  }

  private async fails(em: EntityManager, endpoint: WebhookEndpointEntity, answer: Answer): Promise<void> {
    if (endpoint.status !== 'enabled') return;
    const { tenantId, id } = endpoint;
    const now = this.clock.now();
    const since = endpoint.failingSince ?? new Date(now);
    const gone = 'status' in answer && answer.status === GONE;
    if (!gone && now - since.getTime() < DISABLED_AFTER_MS) {
      if (endpoint.failingSince === null)
        await em.update(WebhookEndpointEntity, { tenantId, id }, { failingSince: since });
      return;
    }
    const { affected } = await em.update(
      WebhookEndpointEntity,
      { tenantId, id, status: 'enabled' },
      { status: 'disabled', failingSince: since },
    );
    if (affected !== 1) return;
    const reason = gone ? 'gone' : 'failing_for_days';
    const who = { tenantId, source: 'job' as const, requestId: newId('request') };
    const detail = { webhook_id: id, host: new URL(endpoint.url).host, failing_since: since.toISOString() };
    await this.trail.record({ ...who, type: 'webhook.disabled', reason, detail }, em);
  }
}

const told = (answer: Answer): Pick<WebhookDeliveryEntity, 'lastStatus' | 'lastError'> =>
  'status' in answer ? { lastStatus: answer.status, lastError: null } : { lastStatus: null, lastError: answer.error };
