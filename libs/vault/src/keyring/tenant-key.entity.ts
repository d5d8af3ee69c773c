import type { TenantId } from '#app/kernel';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { KeyState } from './key-state.js';

/** Row of `tenant_keys`: one version of a tenant's data key, wrapped by the master key. */
@Entity('tenant_keys')
@Index('tenant_keys_one_staged', ['tenantId'], { unique: true, where: `(state = 'staged'::text)` })
@Index('tenant_keys_one_primary', ['tenantId'], { unique: true, where: `(state = 'primary'::text)` })
export class TenantKeyEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ type: 'integer' }) version!: number;

  /** Empty once the key is destroyed. */
  @Column({ name: 'wrapped_key', type: 'bytea' }) wrappedKey!: Buffer;

  /** Which master key wrapped it. */
  @Column({ name: 'kek_id', type: 'text' }) kekId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;

  @Column({ type: 'text', default: 'primary' }) state!: KeyState;

  @Column({ name: 'state_since', type: 'timestamptz', default: () => 'now()' }) stateSince!: Date;

  /** Seals that nodes have taken for themselves, in blocks: never fewer than were made. */
  @Column({ name: 'seals_reserved', type: 'bigint', default: 0 }) sealsReserved!: string;
}
