import type { ClientId, Permission, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { TenantEntity } from './tenant.entity.js';

/** Row of `api_clients`: a back end of a tenant's that may call this gateway. Only the digest of its secret is kept. */
@Entity('api_clients')
@Index('api_clients_by_id', ['id', 'tenantId'], { unique: true })
@ForeignKey(() => TenantEntity, ['tenantId'], ['tenantId'], {
  name: 'api_clients_tenant_id_fkey',
  onDelete: 'CASCADE',
})
export class ApiClientEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) id!: ClientId;

  @Column({ type: 'text' }) name!: string;

  /** SHA-256. The secret has 256 random bits, so a slow hash would protect nothing. */
  @Column({ name: 'secret_hash', type: 'bytea' }) secretHash!: Buffer;

  @Column({ type: 'text', array: true }) permissions!: Permission[];

  /** Null: every tool that the permissions allow. */
  @Column({ name: 'allowed_tools', type: 'text', array: true, nullable: true }) allowedTools!: string[] | null;

  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'disabled';

  /** Increases with every change of what the client may do; a call's admission compares it. */
  @Column({ type: 'integer', default: 1 }) version!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' }) updatedAt!: Date;
}
