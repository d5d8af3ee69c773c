import type { EventId, TenantId, WebhookId } from '#app/kernel';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';

/** Row of `webhook_deliveries`: one event on its way to one endpoint. */
@Entity('webhook_deliveries')
@Index('webhook_deliveries_due', ['tenantId', 'nextAttemptAt'], { where: `state = 'pending'` })
@ForeignKey(() => WebhookEndpointEntity, ['tenantId', 'endpointId'], ['tenantId', 'id'], {
  name: 'webhook_deliveries_tenant_id_endpoint_id_fkey',
  onDelete: 'CASCADE',
})
export class WebhookDeliveryEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ name: 'endpoint_id', type: 'text' }) endpointId!: WebhookId;

  @PrimaryColumn({ name: 'event_id', type: 'text' }) eventId!: EventId;

  @Column({ type: 'text' }) type!: string;

  /** Exactly the bytes that are signed and sent. */
  @Column({ type: 'text' }) body!: string;

  @Column({ type: 'text', default: 'pending' }) state!: 'pending' | 'delivered' | 'failed';

  @Column({ type: 'integer', default: 0 }) attempts!: number;

  @Column({ name: 'last_status', type: 'integer', nullable: true }) lastStatus!: number | null;

  @Column({ name: 'last_error', type: 'text', nullable: true }) lastError!: string | null;

  @Column({ name: 'next_attempt_at', type: 'timestamptz', default: () => 'now()' }) nextAttemptAt!: Date;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true }) finishedAt!: Date | null;
}
