import type { TenantId, ToolsetId } from '#app/kernel';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ToolsetPart } from './toolset.js';

/** Row of `toolsets`. */
@Entity('toolsets')
@Index('toolsets_name_unique', ['tenantId', 'name'], { unique: true })
@Index('toolsets_by_id', ['id', 'tenantId'])
export class ToolsetEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) id!: ToolsetId;

  @Column({ type: 'text' }) name!: string;

  @Column({ type: 'text', default: '' }) description!: string;

  @Column({ type: 'integer', default: 1 }) version!: number;

  @Column({ type: 'jsonb' }) parts!: readonly ToolsetPart[];

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' }) updatedAt!: Date;
}
