import type { AccountId, ConnectionId, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { CREATED_AT, TENANT_ID } from './columns.js';
import { ConnectLinkEntity } from './connect-link.entity.js';

/** Row of `oauth_flows`: a browser that was sent to the provider and has not come back yet. Only the state's digest is kept. */
@Entity('oauth_flows')
@Index('oauth_flows_by_state', ['stateHash', 'tenantId'], { unique: true })
@ForeignKey(() => ConnectLinkEntity, ['tenantId', 'linkHash'], ['tenantId', 'linkHash'], {
  name: 'oauth_flows_tenant_id_link_hash_fkey',
  onDelete: 'CASCADE',
})
export class OAuthFlowEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ name: 'state_hash', type: 'bytea' }) stateHash!: Buffer;

  @Column({ name: 'link_hash', type: 'bytea' }) linkHash!: Buffer;

  @Column({ name: 'browser_hash', type: 'bytea' }) browserHash!: Buffer;

  @Column({ name: 'account_id', type: 'text' }) accountId!: AccountId;

  @Column({ name: 'connection_id', type: 'text' }) connectionId!: ConnectionId;

  @Column({ name: 'pkce_verifier_sealed', type: 'bytea', nullable: true }) pkceVerifierSealed!: Buffer | null;

  /** What the user was asked for; null in a flow that the release before has started. */
  @Column({ name: 'asked_scopes', type: 'text', array: true, nullable: true }) askedScopes!: string[] | null;

  @Column({ name: 'expires_at', type: 'timestamptz' }) expiresAt!: Date;

  @Column(CREATED_AT) createdAt!: Date;
}
