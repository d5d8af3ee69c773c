import { CLOCK, newId, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { envelope, type WebhookEvent } from './webhook-events.js';

/**
 * Queues events for the tenant's endpoints as part of the transaction that they tell of: a state that was committed is told at
 * least once, and one that was not is never told.
 */
@Injectable()
export class WebhookOutbox {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async publish(em: EntityManager, event: WebhookEvent): Promise<void> {
    const id = newId('event');
    const now = new Date(this.clock.now());
    await em.query(QUEUE, [event.tenantId, id, event.type, envelope(event, id, now), now]);
  }
}

const QUEUE = `
  INSERT INTO webhook_deliveries (tenant_id, endpoint_id, event_id, type, body, next_attempt_at, created_at)
  SELECT tenant_id, id, $2, $3, $4, $5, $5 FROM webhook_endpoints
  WHERE tenant_id = $1 AND status = 'enabled' AND (events = '{}' OR $3 = ANY (events))`;
