import { AuditTrail, type LifecycleEvent, type LifecycleEventType } from '#app/audit';
import type { RequestContext } from '#app/kernel';
import { isWebhookEvent, WebhookOutbox } from '#app/webhooks';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** What an event concerns: a connected account, or a connection alone. */
export interface EventSubject {
  /** `ca_…`; null when the event is about no account, or about an unknown one. */
  readonly id: string | null;
  readonly connectionId: string;
  readonly identifier: string | null;
}

type EventDetails = Pick<LifecycleEvent, 'reason' | 'status' | 'principalId' | 'detail'>;

/** Writes the audit events of connections and connected accounts, and tells the tenant's webhooks of those that change one. */
@Injectable()
export class LifecycleEvents {
  constructor(
    private readonly trail: AuditTrail,
    private readonly outbox: WebhookOutbox,
  ) {}

  /** With `em`, the event is part of that transaction: it exists if and only if what it tells of was committed. */
  async record(
    { tenantId, source, requestId, caller }: RequestContext,
    type: LifecycleEventType,
    { id: accountId, connectionId, identifier }: EventSubject,
    details: EventDetails = {},
    em?: EntityManager,
  ): Promise<void> {
    const who = { tenantId, source, requestId, clientId: caller?.clientId ?? null };
    await this.trail.record({ ...who, type, accountId, connectionId, identifier, ...details }, em);
    // What is in no transaction has changed nothing, so there is nothing to tell the tenant's server of
    if (em !== undefined && isWebhookEvent(type)) {
      const subject = { connected_account_id: accountId, connection_id: connectionId, identifier };
      const { status = null, reason = null } = details;
      await this.outbox.publish(em, { tenantId, type, data: { ...subject, status, reason } });
    }
  }
}
