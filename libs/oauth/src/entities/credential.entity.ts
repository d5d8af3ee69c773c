import type { AccountId, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { CREATED_AT, TENANT_ID, numberFromBigint } from './columns.js';
import { ConnectedAccountEntity } from './connected-account.entity.js';

/** Row of `credentials`: what the provider issued, sealed. `pending` waits for the tenant to vouch for the user. */
@Entity('credentials')
@ForeignKey(() => ConnectedAccountEntity, ['tenantId', 'accountId'], ['tenantId', 'id'], {
  name: 'credentials_tenant_id_account_id_fkey',
  onDelete: 'CASCADE',
})
export class CredentialEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ name: 'account_id', type: 'text' }) accountId!: AccountId;

  @PrimaryColumn({ type: 'text' }) slot!: 'active' | 'pending';

  /** Part of what the ciphertext is bound to. In the slot `active` it equals the account's version. */
  @Column({ type: 'bigint', transformer: numberFromBigint }) version!: number;

  /** Part of it too: how often the credential was refreshed since the user authorized it. */
  @Column({ type: 'bigint', default: 0, transformer: numberFromBigint }) generation!: number;

  @Column({ type: 'bytea' }) sealed!: Buffer;

  /** When the provider issued it, by the clock that its expiry is told by. */
  @Column({ ...CREATED_AT, name: 'issued_at' }) issuedAt!: Date;

  @Column(CREATED_AT) createdAt!: Date;
}
