import { drainQueue, SystemDatabase } from '#app/database';
import { EgressClient, EgressError } from '#app/egress';
import { AppError, CLOCK, type Clock, type EventId, type Secret, type TenantId, type WebhookId } from '#app/kernel';
import { VaultOpenError, webhookSignature } from '#app/vault';
import { Inject, Injectable } from '@nestjs/common';
import type { WebhookDeliveryEntity } from './entities/webhook-delivery.entity.js';
import type { WebhookEndpointEntity } from './entities/webhook-endpoint.entity.js';
import { DeliveryOutcomes, type Answer } from './delivery-outcomes.js';
import { WebhookSecrets } from './webhook-secrets.js';

const LANES = 8;
/** So that a run ends, whatever is queued: the next one goes on. */
const MOST_IN_A_RUN = 1_000;
const LEASE_MS = 60_000;
const TIMEOUT_MS = 15_000;
const KEPT_MS = 7 * 24 * 3_600_000;

interface Taken {
  readonly tenantId: TenantId;
  readonly endpointId: WebhookId;
  readonly eventId: EventId;
}

/**
 * Delivers events as Standard Webhooks describes it: at least once, in no promised order, signed. May run on any number of
 * nodes: each takes on what no other is at.
 */
@Injectable()
export class WebhookSender {
  private current: Promise<number> | null = null;

  constructor(
    private readonly system: SystemDatabase,
    private readonly secrets: WebhookSecrets,
    private readonly egress: EgressClient,
    private readonly outcomes: DeliveryOutcomes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Sends what is due; one run at a time on a node. Returns how many attempts there were. */
  run(): Promise<number> {
    this.current ??= drainQueue(LANES, MOST_IN_A_RUN, () => this.next()).finally(() => {
      this.current = null;
    });
    return this.current;
  }

  private async next(): Promise<boolean> {
    const now = this.clock.now();
    const [taken] = await this.system.query<Taken>(TAKE_DUE, [new Date(now), new Date(now + LEASE_MS)]);
    if (taken === undefined) return false;
    await this.attempt(taken);
    return true;
  }

  /** Deletes what ended long ago. */
  async forgetEnded(): Promise<void> {
    await this.system.query(FORGET_ENDED, [new Date(this.clock.now() - KEPT_MS)]);
  }

  private async attempt({ tenantId, endpointId, eventId }: Taken): Promise<void> {
    const found = await this.outcomes.find(tenantId, endpointId, eventId);
    if (found === null) return;
    const { endpoint, delivery } = found;
    const answer = endpoint.status === 'enabled' ? await this.send(endpoint, delivery) : { error: 'endpoint_disabled' };
    await this.outcomes.record(endpoint, delivery, answer);
  }

  private async send(endpoint: WebhookEndpointEntity, delivery: WebhookDeliveryEntity): Promise<Answer> {
    try {
      const secrets = await this.secrets.valid(endpoint, this.clock.now());
      const url = new URL(endpoint.url);
      const { status } = await this.egress.send({
        url,
        method: 'POST',
        headers: signedHeaders(delivery, secrets, this.clock.now()),
        body: { text: delivery.body, contentType: 'application/json' },
        allowedHosts: [`${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`],
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: 64 * 1024,
      });
      return { status };
    } catch (error) {
      if (error instanceof EgressError) return { error: `endpoint_${error.kind}` };
      if (error instanceof VaultOpenError) return { error: 'secret_unreadable', incident: error.reason };
      if (error instanceof AppError) return { error: error.code };
      throw error;
    }
  }
}

/** One signature for each secret that is valid now. */
function signedHeaders(
  { eventId, body }: WebhookDeliveryEntity,
  secrets: readonly Secret[],
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signed = secrets.map((secret) => `v1,${webhookSignature(secret, `${eventId}.${timestamp}.${body}`)}`);
  return { 'webhook-id': eventId, 'webhook-timestamp': timestamp, 'webhook-signature': signed.join(' ') };
}

/** What has been due for longest of any tenant that waits, so that a slow endpoint of one does not hold up the others. */
const TAKE_DUE = {
  name: 'webhooks.take_due',
  text: `
    WITH waiting AS (
      SELECT DISTINCT tenant_id FROM webhook_deliveries WHERE state = 'pending' AND next_attempt_at <= $1
    ), due AS (
      SELECT first.* FROM (SELECT tenant_id FROM waiting ORDER BY random()) AS turn
      CROSS JOIN LATERAL (
        SELECT tenant_id, endpoint_id, event_id FROM webhook_deliveries d
        WHERE d.tenant_id = turn.tenant_id AND state = 'pending' AND next_attempt_at <= $1
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
      ) AS first LIMIT 1
    )
    UPDATE webhook_deliveries d SET attempts = d.attempts + 1, next_attempt_at = $2
    FROM due WHERE d.tenant_id = due.tenant_id AND d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
    RETURNING d.tenant_id AS "tenantId", d.endpoint_id AS "endpointId", d.event_id AS "eventId"`,
};

const FORGET_ENDED = {
  name: 'webhooks.forget_ended',
  text: `DELETE FROM webhook_deliveries WHERE state <> 'pending' AND finished_at <= $1`,
};
