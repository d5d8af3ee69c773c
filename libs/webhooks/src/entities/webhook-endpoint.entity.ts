import type { TenantId, WebhookId } from '#app/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Row of `webhook_endpoints`: where a tenant wants to be told of what happens. */
@Entity('webhook_endpoints')
export class WebhookEndpointEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) id!: WebhookId;

  @Column({ type: 'text' }) url!: string;

  /** Types of events; empty means all of them. */
  @Column({ type: 'text', array: true, default: [] }) events!: string[];

  @Column({ type: 'text', default: 'enabled' }) status!: 'enabled' | 'disabled';

  /** Part of what the secret is bound to; the previous one is bound to the version before. */
  @Column({ name: 'secret_version', type: 'integer', default: 1 }) secretVersion!: number;

  @Column({ name: 'secret_sealed', type: 'bytea' }) secretSealed!: Buffer;

  @Column({ name: 'previous_secret_sealed', type: 'bytea', nullable: true }) previousSecretSealed!: Buffer | null;

  @Column({ name: 'previous_secret_until', type: 'timestamptz', nullable: true }) previousSecretUntil!: Date | null;

  /** Since when every delivery has failed. */
  @Column({ name: 'failing_since', type: 'timestamptz', nullable: true }) failingSince!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' }) updatedAt!: Date;
}
