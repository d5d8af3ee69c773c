import type { TenantId } from '#app/kernel';
import type { TenantStatus } from '../tenant.js';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Row of `tenants`: one customer of this installation. */
@Entity('tenants')
export class TenantEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @Column({ type: 'text' }) name!: string;

  @Column({ type: 'text', default: 'active' }) status!: TenantStatus;

  /** Whether the audit trail keeps whole arguments and results instead of redacted ones. */
  @Column({ name: 'audit_full_payloads', type: 'boolean', default: false }) auditFullPayloads!: boolean;

  /** Where browsers may be sent; nowhere while it is empty. */
  @Column({ name: 'redirect_allow_list', type: 'text', array: true, default: [] }) redirectAllowList!: string[];

  /** Where users are verified after consent, unless a link names another URL. */
  @Column({ name: 'default_user_verify_url', type: 'text', nullable: true }) defaultUserVerifyUrl!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;
}
