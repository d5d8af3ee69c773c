import type { TenantId } from '#app/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Row of `tenant_keys`: one version of a tenant's data key, wrapped by the master key. */
@Entity('tenant_keys')
export class TenantKeyEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ type: 'integer' }) version!: number;

  @Column({ name: 'wrapped_key', type: 'bytea' }) wrappedKey!: Buffer;

  /** Which master key wrapped it. */
  @Column({ name: 'kek_id', type: 'text' }) kekId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;
}
