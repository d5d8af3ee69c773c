import { SystemDatabase } from '#app/database';
import { isId, type ConnectionId, type TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';

/** A connection as far as a URL that names it goes. */
export interface KnownConnection {
  readonly tenantId: TenantId;
  readonly id: ConnectionId;
  readonly name: string;
  readonly connector: string;
  /** Of the sandbox that comes with Gatehouse: there is nothing real behind it. */
  readonly sandbox: boolean;
}

const SELECT = 'SELECT tenant_id AS "tenantId", id, name, connector, sandbox FROM connections';
const BY_ID = { name: 'oauth.connection_by_id', text: `${SELECT} WHERE id = $1 LIMIT 2` };
const BY_NAME = { name: 'oauth.connection_by_name', text: `${SELECT} WHERE tenant_id = $1 AND name = $2` };

const FIRST_TWO = { name: 'oauth.first_two_connections', text: `${SELECT} WHERE tenant_id = $1 ORDER BY id LIMIT 2` };
const SEVERAL = { name: 'oauth.several_connections', text: `${SELECT} WHERE tenant_id = $1 AND id = ANY($2)` };

/** Looks connections up before a tenant is known. */
@Injectable()
export class ConnectionDirectory {
  constructor(private readonly system: SystemDatabase) {}

  async byId(id: string): Promise<KnownConnection | null> {
    if (!isId('connection', id)) return null;
    const [row, another] = await this.system.query<KnownConnection>(BY_ID, [id]);
    // Ids are ours and unique; two tenants with one id would be a fault, and guessing between them an open door
    return row === undefined || another !== undefined ? null : row;
  }

  async named(tenantId: TenantId, name: string): Promise<KnownConnection | null> {
    const [row] = await this.system.query<KnownConnection>(BY_NAME, [tenantId, name]);
    return row ?? null;
  }

  /** Those of them that are there, in no order. */
  several(tenantId: TenantId, ids: readonly ConnectionId[]): Promise<KnownConnection[]> {
    return this.system.query<KnownConnection>(SEVERAL, [tenantId, ids]);
  }

  /** The tenant's connection when it has just one. */
  async only(tenantId: TenantId): Promise<KnownConnection | null> {
    const [row, another] = await this.system.query<KnownConnection>(FIRST_TWO, [tenantId]);
    return row === undefined || another !== undefined ? null : row;
  }
}
