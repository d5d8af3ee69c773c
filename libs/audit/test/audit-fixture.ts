import {
  newId,
  type AccountId,
  type ClientId,
  type Clock,
  type ConnectionId,
  type ExecutionId,
  type RequestContext,
  type TenantId,
} from '#app/kernel';
import type { SystemDatabase } from '#app/database';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import pg from 'pg';
import {
  AuditMaintenance,
  AuditQuery,
  AuditTrail,
  AuditWriter,
  type ToolIntent,
  type ToolOutcome,
} from '../src/index.js';

/** A clock that starts at the real time, because partitions are made around it, and moves when it is told to. */
export class MovableClock implements Clock {
  private time = Date.now();

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}

/** A tenant with one client, connection and active account. */
export interface TestTenant {
  readonly ctx: RequestContext;
  readonly tenantId: TenantId;
  readonly clientId: ClientId;
  readonly connectionId: ConnectionId;
  readonly accountId: AccountId;
}

type Config = ConstructorParameters<typeof AuditQuery>[2];

export const CONFIG = { audit: { retentionDays: 90 }, tools: { deadlineMs: 30_000 } } as Config;

/** The audit library on a real database, and that database as its owner sees it. */
export class AuditFixture {
  readonly clock = new MovableClock();
  readonly trail: AuditTrail;
  readonly query: AuditQuery;
  readonly maintenance: AuditMaintenance;
  /** Append statements sent so far. */
  statements = 0;

  private constructor(
    readonly database: OpenTestDatabase,
    readonly owner: pg.Client,
  ) {
    this.trail = this.newTrail();
    this.query = new AuditQuery(database.tenants, this.clock, CONFIG);
    this.maintenance = this.newMaintenance();
  }

  static async open(): Promise<AuditFixture> {
    const database = await openTestDatabase();
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    // The clock of the tests runs ahead of the database's, by which it guards the days that are kept.
    await owner.query('UPDATE audit_retention SET days = -365');
    return new AuditFixture(database, owner);
  }

  async close(): Promise<void> {
    await this.trail.drain();
    await this.owner.end();
    await this.database.close();
  }

  /** A trail with a writer of its own, as another process would have. */
  newTrail(system: SystemDatabase = this.database.system): AuditTrail {
    const counted: Pick<SystemDatabase, 'query'> = {
      query: (statement, values) => {
        this.statements += 1;
        return system.query(statement, values);
      },
    };
    return new AuditTrail(new AuditWriter(counted), system, this.clock);
  }

  newMaintenance(trail: AuditTrail = this.newTrail()): AuditMaintenance {
    return new AuditMaintenance(this.database.system, trail, this.clock, CONFIG);
  }

  async newTenant(): Promise<TestTenant> {
    const tenantId = newId('tenant');
    const ids = { clientId: newId('client'), connectionId: newId('connection'), accountId: newId('account') };
    await this.owner.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 'test')`, [tenantId]);
    await this.owner.query(
      `INSERT INTO api_clients (tenant_id, id, name, secret_hash, permissions) VALUES ($1, $2, 'test', '', '{}')`,
      [tenantId, ids.clientId],
    );
    await this.owner.query(
      `INSERT INTO connections (tenant_id, id, name, connector, oauth_client_id, client_secret_sealed)
       VALUES ($1, $2, 'test', 'intercom', '', '')`,
      [tenantId, ids.connectionId],
    );
    await this.owner.query(
      `INSERT INTO connected_accounts (tenant_id, id, connection_id, identifier, status) VALUES ($1, $2, $3, 'user_1', 'ACTIVE')`,
      [tenantId, ids.accountId, ids.connectionId],
    );
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'rest', caller: null };
    return { ctx, tenantId, ...ids };
  }

  /** How many records of a tenant there are. */
  async count(tenantId: TenantId, where = 'true'): Promise<number> {
    const result = await this.owner.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM audit_events WHERE tenant_id = $1 AND ${where}`,
      [tenantId],
    );
    return result.rows[0]?.n ?? 0;
  }
}

/** An intent that the fence lets pass. */
export const intentOf = (tenant: TestTenant, change: Partial<ToolIntent> = {}): ToolIntent => ({
  executionId: newId('execution'),
  requestId: tenant.ctx.requestId,
  tenantId: tenant.tenantId,
  source: 'rest',
  clientId: tenant.clientId,
  identifier: 'user_1',
  accountId: tenant.accountId,
  connectionId: tenant.connectionId,
  principalId: '814860',
  tool: 'intercom_conversation_get',
  arguments: { conversation_id: '1' },
  fence: { accountVersion: 1, clientVersion: 1 },
  ...change,
});

export const outcomeOf = (
  { executionId, ...intent }: Pick<ToolIntent, keyof ToolOutcome & keyof ToolIntent>,
  change: Partial<ToolOutcome> = {},
): ToolOutcome => ({
  executionId: executionId satisfies ExecutionId,
  requestId: intent.requestId,
  tenantId: intent.tenantId,
  source: intent.source,
  clientId: intent.clientId,
  identifier: intent.identifier,
  accountId: intent.accountId,
  connectionId: intent.connectionId,
  principalId: intent.principalId,
  tool: intent.tool,
  status: 'success',
  errorCode: null,
  durationMs: 12,
  upstreamStatus: 200,
  upstreamRequests: 1,
  result: { id: '1' },
  ...change,
});
