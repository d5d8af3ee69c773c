import { randomBytes } from 'node:crypto';
import { AuditQuery, type AuditEventView } from '#app/audit';
import { ConnectorRegistry, runTool, type ToolResult } from '#app/connector-kit';
import { EgressClient } from '#app/egress';
import { newId, Secret, systemClock, type AccountId, type RequestContext } from '#app/kernel';
import { OAUTH_ENTITIES } from '#app/oauth';
import {
  Gate,
  openTestDatabase,
  RotatingProvider,
  rotorConnectors,
  type OpenTestDatabase,
  type RefreshBlock,
  type TokenPair,
} from '#app/testing';
import { VAULT_ENTITIES } from '#app/vault';
import type { Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import type { EntityManager } from 'typeorm';
import { activate, lockAccount } from '../src/accounts/account-store.js';
import { ConnectedAccountsService } from '../src/accounts/connected-accounts.service.js';
import { ConnectionsService } from '../src/connections/connections.service.js';
import { CredentialLease } from '../src/credentials/credential-lease.js';
import { CredentialSeals } from '../src/credentials/credential-seals.js';
import { CredentialRefreshEntity } from '../src/entities/credential-refresh.entity.js';
import { RefreshTimings, type RefreshPoint } from '../src/refresh/refresh-timings.js';
import { TokenRefresher } from '../src/refresh/token-refresher.js';
import { FakeClock, startOAuthNode, type OAuthNodeParts } from './oauth-node.js';

const ENTITIES = [...OAUTH_ENTITIES, ...VAULT_ENTITIES];

/** Short times, and places at which a refresh of this node can be held; one that is never let go has died there. */
export class TestTimings extends RefreshTimings {
  readonly gates: Record<RefreshPoint, Gate> = {
    before_journal: new Gate(),
    before_send: new Gate(),
    after_answer: new Gate(),
    before_renewal: new Gate(),
  };

  /** A provider that answers is waited for as long as a busy machine may take. */
  constructor(leaseMs = 20_000, requestTimeoutMs = 30_000) {
    super(leaseMs, leaseMs / 4, leaseMs / 4, requestTimeoutMs, 20_000, 60_000, 60_000, 5);
  }

  override reach(point: RefreshPoint): Promise<void> {
    return this.gates[point].pass();
  }
}

/** One node of an installation. */
export class RefreshNode {
  constructor(
    readonly module: TestingModule,
    readonly timings: TestTimings,
  ) {}

  get<T>(type: Type<T>): T {
    return this.module.get(type, { strict: false });
  }

  /** As a tool call does it, from resolving the account to the projected answer. */
  async call(ctx: RequestContext, identifier: string, tool = 'rotor_things_get', args = {}): Promise<ToolResult> {
    const accounts = this.get(ConnectedAccountsService);
    const found = this.get(ConnectorRegistry).findTool(tool);
    if (found === null) throw new Error(`no tool ${tool}`);
    const account = await accounts.resolveForCall(ctx, { identifier }, found.connector.id);
    const http = await this.get(CredentialLease).authorise(ctx, account);
    if (account.principal === null) throw new Error('not connected');
    return runTool({
      ...found,
      args,
      account: { params: account.params, principal: account.principal },
      http,
      clock: systemClock,
      deadline: systemClock.now() + 30_000,
    });
  }

  /** Returns when nothing is refreshed behind calls any more. Time must not move while it is: it would pass for half of a decision. */
  async settled(): Promise<void> {
    await this.get(TokenRefresher).onApplicationShutdown();
  }

  /** The node is gone: nothing that it holds is ever written. What it waits for stays unanswered. */
  die(at: RefreshPoint): void {
    this.timings.gates.before_renewal.close();
    this.timings.gates[at].close();
  }
}

export interface Connected {
  readonly id: AccountId;
  readonly pair: TokenPair;
}

/** An installation of several nodes over one database, and a provider whose refresh tokens work once. */
export class RefreshKit {
  readonly nodes: RefreshNode[] = [];
  private readonly tenants: RequestContext[] = [];

  private constructor(
    readonly database: OpenTestDatabase,
    readonly provider: RotatingProvider,
    readonly clock: FakeClock,
    private readonly registry: ConnectorRegistry,
    private readonly masterKey: Buffer,
  ) {}

  /** @param refresh the block of the manifest; null for a connector without refresh tokens */
  static async start(refresh: RefreshBlock | null = { rotates: true }): Promise<RefreshKit> {
    const clock = new FakeClock();
    const provider = await RotatingProvider.start({ now: () => clock.now() });
    const database = await openTestDatabase(ENTITIES);
    const kit = new RefreshKit(database, provider, clock, rotorConnectors({ rotor: refresh }), randomBytes(32));
    await kit.addNode();
    return kit;
  }

  /** @param more times of its own, or a way of its own to the database */
  async addNode(more: { timings?: TestTimings; database?: OAuthNodeParts['database'] } = {}): Promise<RefreshNode> {
    const { clock, registry, masterKey, provider } = this;
    const { timings = new TestTimings(), database = this.database } = more;
    const module = await startOAuthNode({ database, clock, registry, allow: [provider.host], masterKey, timings });
    await module.init();
    const node = new RefreshNode(module, timings);
    this.nodes.push(node);
    return node;
  }

  async stop(): Promise<void> {
    await this.provider.stop();
    for (const node of this.nodes) await node.get(EgressClient).close();
    await this.database.close();
  }

  get node(): RefreshNode {
    return this.nodes[0] as RefreshNode;
  }

  /** A new tenant with a connection to the provider. */
  async tenant(): Promise<RequestContext> {
    const tenantId = newId('tenant');
    await this.database.tenants.withTenant(tenantId, (em) =>
      em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 'toy tenant')`, [tenantId]),
    );
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'rest', caller: null };
    this.tenants.push(ctx);
    await this.node.get(ConnectionsService).create(ctx, {
      name: 'rotor',
      connector: 'rotor',
      oauthClientId: this.provider.options.clientId,
      clientSecret: new Secret(this.provider.options.clientSecret),
      endpoints: this.provider.endpoints,
    });
    return ctx;
  }

  /** An account that has just been connected. */
  async connect(ctx: RequestContext, identifier: string): Promise<Connected> {
    const { id } = await this.node.get(ConnectedAccountsService).create(ctx, { connection: 'rotor', identifier });
    return this.consent(ctx, id, identifier);
  }

  /** The user authorizes the account, anew if they have before. */
  async consent(ctx: RequestContext, id: AccountId, identifier: string): Promise<Connected> {
    const user = { id: identifier, email: `${identifier}@example.com`, workspace: 'ws_9' };
    const pair = this.provider.tokens.consent(user);
    const row = await this.inTenant(ctx, (em) => lockAccount(em, ctx.tenantId, id));
    if (row === null) throw new Error('The account is gone');
    const version = row.version + 1;
    const tokens = {
      accessToken: new Secret(pair.accessToken),
      refreshToken: pair.refreshToken === null ? null : new Secret(pair.refreshToken),
    };
    const place = { account: row, slot: 'active', version, generation: 0 } as const;
    const bytes = await this.node.get(CredentialSeals).seal(place, tokens);
    const now = this.clock.now();
    const consent = {
      principal: { id: user.id, label: user.email, tenant: user.workspace, facts: {}, params: {} },
      grantedScopes: ['things:read', 'things:write'],
      params: {},
      tokenExpiresAt: new Date(now + this.provider.tokens.rules.accessTokenSeconds * 1000),
    };
    await this.inTenant(ctx, (em) => activate(em, row, consent, { version, bytes, issuedAt: new Date(now) }));
    return { id, pair };
  }

  /** The tenants so far are of no interest to the jobs any more. */
  async retire(): Promise<void> {
    for (const { tenantId } of this.tenants.splice(0))
      await this.database.tenants.withTenant(tenantId, (em) => em.query(`UPDATE tenants SET status = 'suspended'`));
  }

  /** The access tokens of all accounts are past their time. */
  expire(): void {
    this.clock.advance(this.provider.tokens.rules.accessTokenSeconds * 1000);
  }

  journal(ctx: RequestContext): Promise<CredentialRefreshEntity> {
    return this.inTenant(ctx, (em) => em.findOneByOrFail(CredentialRefreshEntity, { tenantId: ctx.tenantId }));
  }

  account(ctx: RequestContext, identifier: string) {
    return this.node.get(ConnectedAccountsService).find(ctx, { connection: 'rotor', identifier });
  }

  async generation(ctx: RequestContext): Promise<number> {
    const [row] = await this.sql<{ generation: string }>(ctx, 'SELECT generation FROM credentials');
    return Number(row?.generation);
  }

  /** As if so much time had passed for the journal: what is owned, was sent, or is to be left alone. */
  async letPass(ctx: RequestContext, milliseconds: number): Promise<void> {
    await this.sql(
      ctx,
      `UPDATE credential_refreshes SET lease_expires_at = lease_expires_at - $1 * interval '1 ms',
         sent_at = sent_at - $1 * interval '1 ms', first_sent_at = first_sent_at - $1 * interval '1 ms',
         retry_at = retry_at - $1 * interval '1 ms'`,
      [milliseconds],
    );
  }

  sql<Row>(ctx: RequestContext, text: string, values: unknown[] = []): Promise<Row[]> {
    return this.inTenant(ctx, (em) => em.query(text, values));
  }

  /** The tenant's events, oldest first, as `type` or `type: reason`. */
  async events(ctx: RequestContext): Promise<string[]> {
    const events = await this.rawEvents(ctx);
    return events.map(({ type, reason }) => (reason === null ? type : `${type}: ${reason}`));
  }

  async rawEvents(ctx: RequestContext): Promise<AuditEventView[]> {
    const { events } = await this.node.get(AuditQuery).list(ctx, {}, { pageSize: 500 });
    return events.toReversed();
  }

  private inTenant<T>({ tenantId }: RequestContext, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.database.tenants.withTenant(tenantId, work);
  }
}
