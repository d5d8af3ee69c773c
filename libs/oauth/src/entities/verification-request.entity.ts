import type { Principal } from '#app/connector-kit';
import type { AccountId, JsonObject, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { CREATED_AT, TENANT_ID, numberFromBigint } from './columns.js';
import { ConnectedAccountEntity } from './connected-account.entity.js';

/** Row of `verification_requests`: a consent that waits for the tenant's server to say which of its users gave it. */
@Entity('verification_requests')
@ForeignKey(() => ConnectedAccountEntity, ['tenantId', 'accountId'], ['tenantId', 'id'], {
  name: 'verification_requests_tenant_id_account_id_fkey',
  onDelete: 'CASCADE',
})
export class VerificationRequestEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ name: 'request_hash', type: 'bytea' }) requestHash!: Buffer;

  @Column({ name: 'account_id', type: 'text' }) accountId!: AccountId;

  /** Version of the credential in the slot `pending` that this request may promote. */
  @Column({ name: 'credential_version', type: 'bigint', transformer: numberFromBigint }) credentialVersion!: number;

  @Column({ type: 'jsonb' }) principal!: Principal;

  @Column({ name: 'granted_scopes', type: 'text', array: true, default: [] }) grantedScopes!: string[];

  @Column({ type: 'jsonb', default: {} }) params!: JsonObject;

  @Column({ name: 'token_expires_at', type: 'timestamptz', nullable: true }) tokenExpiresAt!: Date | null;

  @Column({ name: 'expires_at', type: 'timestamptz' }) expiresAt!: Date;

  @Column(CREATED_AT) createdAt!: Date;
}
