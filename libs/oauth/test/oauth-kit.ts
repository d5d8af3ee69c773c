import { createHash, randomBytes } from 'node:crypto';
import { AuditQuery, type AuditEventView } from '#app/audit';
import { EgressClient } from '#app/egress';
import { newId, Secret, type RequestContext, type TenantId } from '#app/kernel';
import {
  ConnectedAccountsService,
  ConnectFlowService,
  ConnectionsService,
  newOpaqueToken,
  OAUTH_ENTITIES,
  type BrowserVisit,
  type ConnectedAccount,
  type Connection,
  type ConnectResult,
  type NewConnection,
} from '#app/oauth';
import { OAuthDouble, openTestDatabase, toyConnectors, type OpenTestDatabase } from '#app/testing';
import { VAULT_ENTITIES } from '#app/vault';
import type { Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import pg from 'pg';
import { FakeClock, hurry, PUBLIC_URL, startOAuthNode } from './oauth-node.js';

export { FakeClock, PUBLIC_URL } from './oauth-node.js';
/** Of the connector `strict`, whose every answer has to name it. */
export const ISSUER = 'https://login.toy.example/tenant';

/** The code of the error in which an attempt ends; `succeeded` when it does not. */
export async function ended(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'succeeded';
}

/** A browser, as far as this library sees one: its cookie. */
export class ToyBrowser {
  cookie: string | null = null;

  visit(): BrowserVisit {
    return { requestId: newId('request'), browser: this.cookie };
  }
}

/** The library as the application wires it, over a database of its own, with OAuth doubles as its providers. */
export class OAuthKit {
  readonly clock = new FakeClock();

  private constructor(
    readonly database: OpenTestDatabase,
    readonly module: TestingModule,
    /** Basic client authentication, PKCE S256. */
    readonly provider: OAuthDouble,
    /** Client authentication in the body, no PKCE. */
    readonly plainProvider: OAuthDouble,
  ) {}

  static async start(): Promise<OAuthKit> {
    const provider = await OAuthDouble.start();
    const plainProvider = await OAuthDouble.start({ clientAuth: 'body', pkce: false });
    const database = await openTestDatabase([...OAUTH_ENTITIES, ...VAULT_ENTITIES]);
    const clock = new FakeClock();
    const registry = toyConnectors([
      { id: 'toy', clientAuth: 'basic', pkce: 'S256', revoke: 'token' },
      { id: 'plain', clientAuth: 'body', pkce: 'none', revoke: 'workspace' },
      { id: 'strict', clientAuth: 'basic', pkce: 'S256', issuer: ISSUER },
    ]);
    const module = await startOAuthNode({
      database,
      clock,
      registry,
      allow: [provider.host, plainProvider.host],
      masterKey: randomBytes(32),
    });
    const kit = new OAuthKit(database, module, provider, plainProvider);
    return Object.assign(kit, { clock });
  }

  async stop(): Promise<void> {
    await this.module.get(EgressClient, { strict: false }).close();
    await Promise.all([this.provider.stop(), this.plainProvider.stop()]);
    await this.database.close();
  }

  get<T>(type: Type<T>): T {
    return this.module.get(type, { strict: false });
  }

  /** Does the work with a provider that may keep silent, without waiting for it as long as usual. */
  async hurried<T>(work: () => Promise<T>): Promise<T> {
    const end = hurry(this.module);
    return work().finally(end);
  }

  get flows(): ConnectFlowService {
    return this.get(ConnectFlowService);
  }

  get accounts(): ConnectedAccountsService {
    return this.get(ConnectedAccountsService);
  }

  /** A new tenant, and the context of its back end. */
  async tenant(): Promise<RequestContext> {
    const tenantId = newId('tenant');
    await this.database.tenants.withTenant(tenantId, (em) =>
      em.query(
        `INSERT INTO tenants (tenant_id, name, redirect_allow_list) VALUES ($1, 'toy tenant', '{https://app.example/}')`,
        [tenantId],
      ),
    );
    return { requestId: newId('request'), tenantId, source: 'rest', caller: null };
  }

  /** A connection to the double, whose redirect URI the double knows. */
  async connection(ctx: RequestContext, more: Partial<NewConnection> = {}): Promise<Connection> {
    const connector = more.connector ?? 'toy';
    const provider = connector === 'plain' ? this.plainProvider : this.provider;
    const connection = await this.get(ConnectionsService).create(ctx, {
      name: connector,
      connector,
      oauthClientId: provider.options.clientId,
      clientSecret: new Secret(provider.options.clientSecret),
      endpoints: provider.endpoints,
      ...more,
    });
    provider.redirectUris.add(connection.redirectUri);
    return connection;
  }

  async link(ctx: RequestContext, identifier: string, more: object = {}): Promise<string> {
    const { link } = await this.accounts.magicLink(ctx, { connection: 'toy', identifier, ...more });
    return link.slice(`${PUBLIC_URL}/connect/`.length);
  }

  /** Opens a link, as the start page does. Returns the URL that the browser is sent to. */
  async open(browser: ToyBrowser, link: string): Promise<URL> {
    const visit = browser.visit();
    const opened = await this.flows.open(visit, link);
    const cookie = (browser.cookie ??= newOpaqueToken());
    const { connector, redirectUri, connection } = opened.app;
    const verifier = connector.auth.authorize.pkce === 'S256' ? randomBytes(32).toString('base64url') : null;
    const state = await this.flows.begin(
      { ...visit, browser: cookie },
      opened,
      verifier === null ? null : new Secret(verifier),
    );
    const url = new URL(opened.app.authorizeUrl);
    const pkce =
      verifier === null
        ? {}
        : { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' };
    const query = {
      client_id: connection.oauthClientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      state,
      ...pkce,
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** Goes through the callback. */
  async comeBack(browser: ToyBrowser, callback: URL): Promise<ConnectResult> {
    const visit = browser.visit();
    const query = callback.searchParams;
    const connectionId = callback.pathname.split('/').at(-1) ?? '';
    const spent = await this.flows.spend(visit, { state: query.get('state'), connectionId, issuer: query.get('iss') });
    const grant = await this.flows.exchange(visit, spent, new Secret(query.get('code') ?? ''));
    return this.flows.complete(visit, spent, grant);
  }

  /** Connects a user from link to result. */
  async connect(
    ctx: RequestContext,
    identifier: string,
    more: { connection?: string; userVerifyUrl?: string; organizationId?: string | undefined } = {},
  ): Promise<ConnectResult> {
    const browser = new ToyBrowser();
    const asked = await this.open(browser, await this.link(ctx, identifier, more));
    const provider = asked.host === this.provider.host ? this.provider : this.plainProvider;
    return this.comeBack(browser, provider.authorize(asked));
  }

  /** A consent that waits for verification. Returns its `auth_request_id`. */
  async awaitVerification(
    ctx: RequestContext,
    identifier: string,
    more: { organizationId?: string | undefined } = {},
  ): Promise<string> {
    const userVerifyUrl = 'https://app.example/verify?tab=1';
    const result = await this.connect(ctx, identifier, { ...more, userVerifyUrl });
    if (result.outcome !== 'verify') throw new Error('The consent does not wait for verification');
    return new URL(result.redirectTo).searchParams.get('auth_request_id') ?? '';
  }

  account(ctx: RequestContext, identifier: string, connection = 'toy'): Promise<ConnectedAccount> {
    return this.accounts.find(ctx, { connection, identifier });
  }

  /** All that the database holds of a tenant's accounts, to see that nothing has changed. */
  snapshot({ tenantId }: { tenantId: TenantId }): Promise<unknown> {
    return this.database.tenants.withTenant(tenantId, async (em) => [
      await em.query('SELECT * FROM connected_accounts ORDER BY id'),
      await em.query('SELECT * FROM credentials ORDER BY account_id, slot'),
      await em.query('SELECT * FROM verification_requests ORDER BY account_id'),
    ]);
  }

  /** Runs a statement as the tenant. */
  sql<Row>(ctx: RequestContext, text: string, values: unknown[] = []): Promise<Row[]> {
    return this.database.tenants.withTenant(ctx.tenantId, (em) => em.query(text, values));
  }

  /** Runs a statement as the owner of the database. */
  async asOwner(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.database.url });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  /** The tenant's events, oldest first, as `type` or `type: reason`. */
  async events(ctx: RequestContext): Promise<string[]> {
    const events = await this.rawEvents(ctx);
    return events.map(({ type, reason }) => (reason === null ? type : `${type}: ${reason}`));
  }

  async rawEvents(ctx: RequestContext): Promise<AuditEventView[]> {
    const { events } = await this.get(AuditQuery).list(ctx, {}, { pageSize: 500 });
    return events.toReversed();
  }
}
