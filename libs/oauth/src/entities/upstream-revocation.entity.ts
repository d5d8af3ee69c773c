import type { EndpointOverrides } from '#app/config';
import type { AccountId, ConnectionId, JsonObject, RevocationId, TenantId } from '#app/kernel';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RevocationState, Spares } from '../revocation/upstream-revocation.js';
import { CREATED_AT, TENANT_ID, numberFromBigint } from './columns.js';

/**
 * Row of `upstream_revocations`: tokens that we have given up and the provider is to give up too. It outlives its account and
 * its connection, so it holds what the request needs. The ciphertexts are gone once it is anything but `pending`.
 */
@Entity('upstream_revocations')
@Index('upstream_revocations_due', ['tenantId', 'nextAttemptAt'], { where: `state = 'pending'` })
@Index('upstream_revocations_by_account', ['tenantId', 'accountId', 'id'])
export class UpstreamRevocationEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) id!: RevocationId;

  @Column({ name: 'connection_id', type: 'text' }) connectionId!: ConnectionId;

  @Column({ name: 'account_id', type: 'text' }) accountId!: AccountId;

  @Column({ type: 'text' }) identifier!: string;

  @Column({ type: 'text' }) connector!: string;

  /** The OAuth app that the tokens were issued to, and where its provider was at that time. */
  @Column({ name: 'oauth_client_id', type: 'text' }) oauthClientId!: string;

  @Column({ type: 'jsonb', default: {} }) endpoints!: EndpointOverrides;

  @Column({ type: 'jsonb', default: {} }) params!: JsonObject;

  /** Whose tokens they are, as the provider says; null when it was never asked. */
  @Column({ name: 'principal_id', type: 'text', nullable: true }) principalId!: string | null;

  @Column({ type: 'text', nullable: true }) workspace!: string | null;

  /** What the provider ends when it is asked: see the connector's manifest. */
  @Column({ type: 'text', default: 'token' }) scope!: 'token' | 'user' | 'workspace';

  /** Whose use of the same app forbids it, since it would end that too. */
  @Column({ type: 'text', default: 'nobody' }) spares!: Spares;

  /** Why the tokens were given up. */
  @Column({ type: 'text' }) reason!: string;

  @Column({ type: 'text', default: 'pending' }) state!: RevocationState;

  @Column({ type: 'integer', default: 0 }) attempts!: number;

  @Column({ name: 'last_error', type: 'text', nullable: true }) lastError!: string | null;

  /** While a node is at it, this is when another one may take over. */
  @Column({ ...CREATED_AT, name: 'next_attempt_at' }) nextAttemptAt!: Date;

  /** A credential as in `credentials`. */
  @Column({ type: 'bytea', nullable: true }) sealed!: Buffer | null;

  /** What the ciphertext is bound to, in the place of an account's id: the place that it was first sealed for. */
  @Column({ name: 'bound_to', type: 'text' }) boundTo!: string;

  @Column({ type: 'bigint', transformer: numberFromBigint }) version!: number;

  @Column({ type: 'bigint', default: 0, transformer: numberFromBigint }) generation!: number;

  /** A copy of the app's secret, where the provider asks who revokes. */
  @Column({ name: 'client_secret_sealed', type: 'bytea', nullable: true }) clientSecretSealed!: Buffer | null;

  @Column({ name: 'secret_version', type: 'integer', default: 1 }) secretVersion!: number;

  @Column(CREATED_AT) createdAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true }) finishedAt!: Date | null;
}
