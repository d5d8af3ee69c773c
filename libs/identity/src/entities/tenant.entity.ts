import type { TenantId } from '#app/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Row of `tenants`: one customer of this installation. */
@Entity('tenants')
export class TenantEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @Column({ type: 'text' }) name!: string;

  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'suspended';

  /** Whether the audit trail keeps whole arguments and results instead of redacted ones. */
  @Column({ name: 'audit_full_payloads', type: 'boolean', default: false }) auditFullPayloads!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;
}
