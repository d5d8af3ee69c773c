import type { TenantId } from '#app/kernel';
import type { JWK } from 'jose';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { TenantEntity } from './tenant.entity.js';

/** Row of `signing_keys`: a key that signs access tokens. They belong to the installation's own tenant. */
@Entity('signing_keys')
@ForeignKey(() => TenantEntity, ['tenantId'], ['tenantId'], {
  name: 'signing_keys_tenant_id_fkey',
  onDelete: 'CASCADE',
})
export class SigningKeyEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'text' }) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) kid!: string;

  @Column({ type: 'text' }) algorithm!: 'RS256';

  @Column({ name: 'public_jwk', type: 'jsonb' }) publicJwk!: JWK;

  @Column({ name: 'private_key_sealed', type: 'bytea' }) privateKeySealed!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;
}
