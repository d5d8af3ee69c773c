import type { AccountId, ConnectionId, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { CREATED_AT, TENANT_ID } from './columns.js';
import { ConnectedAccountEntity } from './connected-account.entity.js';

/** Row of `connect_links`. Only the digest of the link's token is kept. */
@Entity('connect_links')
@Index('connect_links_by_hash', ['linkHash', 'tenantId'], { unique: true })
@ForeignKey(() => ConnectedAccountEntity, ['tenantId', 'accountId'], ['tenantId', 'id'], {
  name: 'connect_links_tenant_id_account_id_fkey',
  onDelete: 'CASCADE',
})
export class ConnectLinkEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ name: 'link_hash', type: 'bytea' }) linkHash!: Buffer;

  @Column({ name: 'account_id', type: 'text' }) accountId!: AccountId;

  @Column({ name: 'connection_id', type: 'text' }) connectionId!: ConnectionId;

  /** The tenant's own `state`, handed back to its verify URL. */
  @Column({ name: 'caller_state', type: 'text', nullable: true }) callerState!: string | null;

  @Column({ name: 'user_verify_url', type: 'text', nullable: true }) userVerifyUrl!: string | null;

  /** Made for an agent: its user signs in here before, where users can. */
  @Column({ name: 'sign_in', type: 'boolean', default: false }) signIn!: boolean;

  /** Digest of the cookie of the one browser in which the link works, once it was opened. */
  @Column({ name: 'claimed_by', type: 'bytea', nullable: true }) claimedBy!: Buffer | null;

  /** How many of its openings are in the trail; no more are written after a few. */
  @Column({ name: 'recorded_opens', type: 'integer', default: 0 }) recordedOpens!: number;

  @Column({ name: 'completed_at', type: 'timestamptz', nullable: true }) completedAt!: Date | null;

  @Column({ name: 'expires_at', type: 'timestamptz' }) expiresAt!: Date;

  @Column(CREATED_AT) createdAt!: Date;
}
