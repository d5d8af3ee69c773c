import type { AccountId, TenantId } from '#app/kernel';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { AttemptState } from '../refresh/decide-refresh.js';
import { CREATED_AT, TENANT_ID, numberFromBigint } from './columns.js';
import { ConnectedAccountEntity } from './connected-account.entity.js';

/** How the last refresh of an account ended. */
export type RefreshResult = 'refreshed' | 'provider_unavailable' | 'app_refused' | 'no_answer' | 'reconnect_needed';

/**
 * Row of `credential_refreshes`: who may redeem the account's refresh token (the lease), what was done with it (the journal),
 * and how that ended.
 */
@Entity('credential_refreshes')
@ForeignKey(() => ConnectedAccountEntity, ['tenantId', 'accountId'], ['tenantId', 'id'], {
  name: 'credential_refreshes_tenant_id_account_id_fkey',
  onDelete: 'CASCADE',
})
export class CredentialRefreshEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ name: 'account_id', type: 'text' }) accountId!: AccountId;

  /** The credential that the journal is about. What it says of another one is of the past. */
  @Column({ type: 'bigint', transformer: numberFromBigint }) version!: number;

  @Column({ type: 'bigint', transformer: numberFromBigint }) generation!: number;

  /** Increases whenever the lease changes hands: what an earlier holder does with its number has no effect. */
  @Column({ type: 'bigint', transformer: numberFromBigint }) fence!: number;

  /** The node that holds the lease; null when nobody does. */
  @Column({ type: 'text', nullable: true }) owner!: string | null;

  /** By the database's clock, as all times of this row. */
  @Column({ name: 'lease_expires_at', type: 'timestamptz', nullable: true }) leaseExpiresAt!: Date | null;

  @Column({ type: 'text', default: 'ready' }) state!: AttemptState;

  /** The fence of the holder that sent the token last. */
  @Column({ type: 'bigint', nullable: true, transformer: numberFromBigint }) attempt!: number | null;

  @Column({ name: 'first_sent_at', type: 'timestamptz', nullable: true }) firstSentAt!: Date | null;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true }) sentAt!: Date | null;

  /** Times that this generation's refresh token was sent. */
  @Column({ name: 'sent_count', type: 'integer', default: 0 }) sentCount!: number;

  @Column({ type: 'integer', default: 0 }) failures!: number;

  @Column({ name: 'retry_at', type: 'timestamptz', nullable: true }) retryAt!: Date | null;

  @Column({ type: 'text', nullable: true }) result!: RefreshResult | null;

  /** What the provider called it: `invalid_client`. */
  @Column({ name: 'result_code', type: 'text', nullable: true }) resultCode!: string | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true }) finishedAt!: Date | null;

  @Column({ name: 'refreshed_at', type: 'timestamptz', nullable: true }) refreshedAt!: Date | null;

  @Column(CREATED_AT) createdAt!: Date;
}
