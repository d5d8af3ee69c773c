import { AuditTrail, type LifecycleEventType } from '#app/audit';
import { TenantDatabase } from '#app/database';
import { EgressClient } from '#app/egress';
import { AppError, CLOCK, isId, newId, type Clock, type JsonObject, type RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WebhookDeliveryEntity } from './entities/webhook-delivery.entity.js';
import { WebhookEndpointEntity } from './entities/webhook-endpoint.entity.js';
import { toDelivery, toEndpoint, type WebhookDelivery, type WebhookEndpoint } from './webhook.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { checkChanges, type WebhookChanges } from './webhook-checks.js';

const MOST_ENDPOINTS = 20;
const DAY_MS = 24 * 3_600_000;
const LISTED = 100;

/** The tenant's endpoints, and what was sent there. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly secrets: WebhookSecrets,
    private readonly trail: AuditTrail,
    private readonly egress: EgressClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The secret is in this answer, and nowhere else. */
  async create(
    ctx: RequestContext,
    input: { readonly url: string; readonly events?: readonly string[] | undefined },
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    this.check(input);
    const { tenantId } = ctx;
    const id = newId('webhook');
    const secret = this.secrets.generate();
    const secretSealed = await this.secrets.seal(tenantId, id, 1, secret);
    const endpoint = await this.database.withTenant(tenantId, async (em) => {
      if ((await em.countBy(WebhookEndpointEntity, { tenantId })) >= MOST_ENDPOINTS)
        throw new AppError('conflict', `A tenant has at most ${MOST_ENDPOINTS} endpoints. Delete one first.`);
      await em.insert(WebhookEndpointEntity, {
        tenantId,
        id,
        url: input.url,
        events: [...(input.events ?? [])],
        secretSealed,
      });
      return this.written(ctx, em, id, 'webhook.created');
    });
    return { endpoint, secret };
  }

  async list({ tenantId }: RequestContext): Promise<WebhookEndpoint[]> {
    const rows = await this.database.withTenant(tenantId, (em) =>
      em.find(WebhookEndpointEntity, { where: { tenantId }, order: { id: 'DESC' } }),
    );
    return rows.map(toEndpoint);
  }

  async get({ tenantId }: RequestContext, id: string): Promise<WebhookEndpoint> {
    return toEndpoint(await this.database.withTenant(tenantId, (em) => getEndpoint(em, tenantId, id)));
  }

  /** To enable an endpoint is to forget that it failed. */
  async update(ctx: RequestContext, id: string, changes: WebhookChanges): Promise<WebhookEndpoint> {
    this.check(changes);
    const { url, events, status } = changes;
    const values = {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events: [...events] }),
      ...(status === undefined ? {} : { status, failingSince: null }),
      updatedAt: new Date(this.clock.now()),
    };
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const { tenantId, id: known } = await getEndpoint(em, ctx.tenantId, id);
      await em.update(WebhookEndpointEntity, { tenantId, id: known }, values);
      return this.written(ctx, em, known, 'webhook.updated');
    });
  }

  async delete(ctx: RequestContext, id: string): Promise<void> {
    await this.database.withTenant(ctx.tenantId, async (em) => {
      const { tenantId, id: known } = await getEndpoint(em, ctx.tenantId, id);
      await em.delete(WebhookEndpointEntity, { tenantId, id: known });
      await this.record(ctx, em, 'webhook.deleted', { webhook_id: known });
    });
  }

  /** For a day both sign, so that the receiver can change over without losing an event. */
  async rotateSecret(ctx: RequestContext, id: string): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const { tenantId } = ctx;
    const seen = await this.database.withTenant(tenantId, (em) => getEndpoint(em, tenantId, id));
    const secret = this.secrets.generate();
    const secretVersion = seen.secretVersion + 1;
    const secretSealed = await this.secrets.seal(tenantId, seen.id, secretVersion, secret);
    const previousSecretUntil = new Date(this.clock.now() + DAY_MS);
    const values = { secretVersion, secretSealed, previousSecretSealed: seen.secretSealed, previousSecretUntil };
    const endpoint = await this.database.withTenant(tenantId, async (em) => {
      const same = { tenantId, id: seen.id, secretVersion: seen.secretVersion };
      const { affected } = await em.update(WebhookEndpointEntity, same, values);
      if (affected !== 1) throw new AppError('conflict', 'Somebody else rotated this secret at the same moment.');
      return this.written(ctx, em, seen.id, 'webhook.secret_rotated');
    });
    return { endpoint, secret };
  }

  /** The newest, and what came of them. */
  async deliveries({ tenantId }: RequestContext, id: string): Promise<WebhookDelivery[]> {
    return this.database.withTenant(tenantId, async (em) => {
      const { id: endpointId } = await getEndpoint(em, tenantId, id);
      const where = { tenantId, endpointId };
      const rows = await em.find(WebhookDeliveryEntity, { where, order: { eventId: 'DESC' }, take: LISTED });
      return rows.map(toDelivery);
    });
  }

  /** Sends an event once more, under the same id. */
  async redeliver(ctx: RequestContext, id: string, eventId: string): Promise<WebhookDelivery> {
    const { tenantId } = ctx;
    return this.database.withTenant(tenantId, async (em) => {
      const { id: endpointId } = await getEndpoint(em, tenantId, id);
      const known = isId('event', eventId)
        ? await em.findOneBy(WebhookDeliveryEntity, { tenantId, endpointId, eventId })
        : null;
      if (known === null) throw new AppError('not_found', 'There is no such delivery, or it is too old to be known.');
      const same = { tenantId, endpointId, eventId: known.eventId };
      const nextAttemptAt = new Date(this.clock.now());
      await em.update(WebhookDeliveryEntity, same, { state: 'pending', attempts: 0, nextAttemptAt, finishedAt: null });
      const detail = { webhook_id: endpointId, event_id: known.eventId, event: known.type };
      await this.record(ctx, em, 'webhook.redelivered', detail);
      return toDelivery(await em.findOneByOrFail(WebhookDeliveryEntity, same));
    });
  }

  private check(changes: WebhookChanges): void {
    checkChanges(changes, (url) => this.egress.refusalOf(url));
  }

  private async written(
    ctx: RequestContext,
    em: EntityManager,
    id: string,
    type: LifecycleEventType,
  ): Promise<WebhookEndpoint> {
    const row = await getEndpoint(em, ctx.tenantId, id);
    const { status, url, events } = row;
    await this.record(ctx, em, type, { webhook_id: row.id, host: new URL(url).host, events, status });
    return toEndpoint(row);
  }

  private async record(
    { tenantId, source, requestId, caller }: RequestContext,
    em: EntityManager,
    type: LifecycleEventType,
    detail: JsonObject,
  ): Promise<void> {
    await this.trail.record({ tenantId, source, requestId, clientId: caller?.clientId ?? null, type, detail }, em);
  }
}

async function getEndpoint(
  em: EntityManager,
  tenantId: RequestContext['tenantId'],
  id: string,
): Promise<WebhookEndpointEntity> {
  const row = isId('webhook', id) ? await em.findOneBy(WebhookEndpointEntity, { tenantId, id }) : null;
  if (row === null)
    throw new AppError(
      'not_found',
      `There is no webhook ${JSON.stringify(id.slice(0, 100))}. GET /api/v1/webhooks lists them.`,
    );
  return row;
}
