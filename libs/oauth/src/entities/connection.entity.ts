import type { EndpointOverrides } from '#app/config';
import type { ConnectionId, JsonObject, TenantId } from '#app/kernel';
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { UserVerification } from '../connections/connection.js';
import { CREATED_AT, TENANT_ID } from './columns.js';

/** Row of `connections`: a tenant's configured use of a connector. */
@Entity('connections')
@Index('connections_by_id', ['id', 'tenantId'])
@Unique('connections_name_unique', ['tenantId', 'name'])
export class ConnectionEntity {
  @PrimaryColumn(TENANT_ID) tenantId!: TenantId;

  @PrimaryColumn({ type: 'text' }) id!: ConnectionId;

  @Column({ type: 'text' }) name!: string;

  @Column({ type: 'text' }) connector!: string;

  @Column({ type: 'text', default: 'enabled' }) status!: 'enabled' | 'disabled';

  @Column({ name: 'oauth_client_id', type: 'text' }) oauthClientId!: string;

  @Column({ name: 'client_secret_sealed', type: 'bytea' }) clientSecretSealed!: Buffer;

  /** Part of what the sealed secret is bound to; increases with each new secret. */
  @Column({ name: 'secret_version', type: 'integer', default: 1 }) secretVersion!: number;

  @Column({ type: 'jsonb', default: {} }) params!: JsonObject;

  @Column({ type: 'jsonb', default: {} }) endpoints!: EndpointOverrides;

  @Column({ type: 'text', array: true, default: [] }) scopes!: string[];

  @Column({ name: 'user_verification', type: 'text', default: 'optional' }) userVerification!: UserVerification;

  @Column({ type: 'boolean', default: false }) sandbox!: boolean;

  @Column(CREATED_AT) createdAt!: Date;

  @Column({ ...CREATED_AT, name: 'updated_at' }) updatedAt!: Date;
}
