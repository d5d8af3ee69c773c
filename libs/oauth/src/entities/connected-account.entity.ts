import type { Principal } from '#app/connector-kit';
import type { AccountId, ConnectionId, JsonObject, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { AccountStatus } from '../accounts/account-state.js';
import { CREATED_AT, TENANT_ID, numberFromBigint } from './columns.js';
import { ConnectionEntity } from './connection.entity.js';

/** Row of `connected_accounts`: one end user's authorization on one connection. */
@Entity('connected_accounts')
@Unique('connected_accounts_key', ['tenantId', 'connectionId', 'identifier', 'organizationId'])
@Index('connected_accounts_by_identifier', ['tenantId', 'identifier'])
@ForeignKey(() => ConnectionEntity, ['tenantId', 'connectionId'], ['tenantId', 'id'], {
  name: 'connected_accounts_tenant_id_connection_id_fkey',
  onDelete: 'CASCADE',
})
export class ConnectedAccountEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) id!: AccountId;

  @Column({ name: 'connection_id', type: 'text' }) connectionId!: ConnectionId;

  @Column({ type: 'text' }) identifier!: string;

  /** Empty when the tenant does not use organizations: a null would escape the unique key. */
  @Column({ name: 'organization_id', type: 'text', default: '' }) organizationId!: string;

  @Column({ type: 'text', default: 'PENDING_AUTH' }) status!: AccountStatus;

  @Column({ name: 'status_reason', type: 'text', nullable: true }) statusReason!: string | null;

  @Column({ type: 'bigint', default: 1, transformer: numberFromBigint }) version!: number;

  /** Who the provider said the user is, at the last consent that succeeded. Kept after a disconnect. */
  @Column({ type: 'jsonb', nullable: true }) principal!: Principal | null;

  @Column({ name: 'granted_scopes', type: 'text', array: true, default: [] }) grantedScopes!: string[];

  /** What the connector learned at consent and needs for requests (a region, an instance). */
  @Column({ type: 'jsonb', default: {} }) params!: JsonObject;

  @Column({ name: 'token_expires_at', type: 'timestamptz', nullable: true }) tokenExpiresAt!: Date | null;

  /** Whether a link was ever made for it that asked for user verification. From then on no link is made unasked. */
  @Column({ name: 'verification_asked', type: 'boolean', default: false }) verificationAsked!: boolean;

  @Column(CREATED_AT) createdAt!: Date;

  @Column({ ...CREATED_AT, name: 'updated_at' }) updatedAt!: Date;
}
