import { ConnectorRegistry } from '#app/connector-kit';
import { Secret, type RequestContext } from '#app/kernel';
import { createLogger } from '#app/observability';
import { toyConnectors } from '#app/testing';
import { TenantDatabase } from '#app/database';
import { OAuthKit } from '../../test/oauth-kit.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { ConfiguredConnection } from './configured-connection.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { ConnectionsService } from './connections.service.js';
import type { ConfiguredApps, Connection } from './connection.js';

const intercom = { clientId: 'real', clientSecret: new Secret('real secret'), endpoints: {} };
const sandbox = (url: string): ConfiguredApps => ({
  intercom: null,
  sandbox: { clientId: 'sandbox', clientSecret: new Secret('sandbox secret'), url },
});

describe('ConfiguredConnection', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let configured: ConfiguredConnection;
  const log: string[] = [];

  beforeAll(async () => {
    kit = await OAuthKit.start();
    // a connector of that id, whose provider is the double
    const registry: ConnectorRegistry = toyConnectors([{ id: 'intercom', clientAuth: 'basic', pkce: 'S256' }]);
    const logger = createLogger('warn', { write: (line: string) => void log.push(line) });
    configured = new ConfiguredConnection(
      kit.get(TenantDatabase),
      registry,
      kit.get(ConnectionSecrets),
      kit.get(LifecycleEvents),
      logger,
    );
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
  });

  const ensure = (apps: ConfiguredApps): Promise<'real' | 'sandbox' | null> =>
    configured.ensureFromConfig(ctx.tenantId, apps);
  const connection = async (): Promise<Connection | undefined> => (await kit.get(ConnectionsService).all(ctx))[0];

  it('makes nothing when nothing is configured', async () => {
    expect(await ensure({ intercom: null, sandbox: null })).toBeNull();
    expect(await connection()).toBeUndefined();
  });

  it('makes a connection to the real app once, and leaves it to the tenant from then on', async () => {
    expect(await ensure({ intercom, sandbox: null })).toBe('real');
    const made = await connection();
    expect(made).toMatchObject({ name: 'intercom', oauthClientId: 'real', sandbox: false });
    expect(await ensure({ intercom: { ...intercom, clientId: 'other' }, sandbox: null })).toBe('real');
    expect(await ensure(sandbox('http://127.0.0.1:4000'))).toBe('real');
    expect(await connection()).toEqual(made);
  });

  it('points to the sandbox at the paths of the manifest, and follows it to another address', async () => {
    expect(await ensure(sandbox('http://127.0.0.1:4000/'))).toBe('sandbox');
    expect((await connection())?.endpoints).toEqual({
      authorizeUrl: 'http://127.0.0.1:4000/authorize',
      tokenUrl: 'http://127.0.0.1:4000/token',
      apiUrl: 'http://127.0.0.1:4000',
    });
    expect(await ensure(sandbox('http://127.0.0.1:5000'))).toBe('sandbox');
    expect(await connection()).toMatchObject({ sandbox: true, endpoints: { apiUrl: 'http://127.0.0.1:5000' } });
    expect(await ensure({ intercom: null, sandbox: null })).toBe('sandbox');
  });

  it('gives the sandbox up for the real app, and disconnects what was connected to it', async () => {
    await ensure(sandbox('http://127.0.0.1:4000'));
    const before = await connection();
    const { id } = await kit.accounts.create(ctx, { connection: 'intercom', identifier: 'user_1' });
    await kit.sql(ctx, `UPDATE connected_accounts SET status = 'ACTIVE', version = 5, principal = '{"id":"1"}'`);
    await kit.sql(
      ctx,
      `INSERT INTO credentials (tenant_id, account_id, slot, version, sealed) VALUES ($1, $2, 'active', 5, 'x')`,
      [ctx.tenantId, id],
    );
    expect(await ensure({ intercom, sandbox: null })).toBe('real');
    expect(await connection()).toMatchObject({ id: before?.id, sandbox: false, oauthClientId: 'real', endpoints: {} });
    expect(await kit.accounts.get(ctx, id)).toMatchObject({ status: 'DISCONNECTED', version: 6, principal: null });
    expect(await kit.sql(ctx, 'SELECT 1 FROM credentials')).toEqual([]);
    expect((await kit.events(ctx)).slice(-2)).toEqual([
      'connection.updated',
      'connected_account.disconnected: sandbox_replaced',
    ]);
    expect(log.join('')).toContain('replaced the sandbox');
  });

  it('may be run by two nodes at once', async () => {
    const results = await Promise.allSettled([
      ensure({ intercom, sandbox: null }),
      ensure({ intercom, sandbox: null }),
    ]);
    expect(results.map((each) => each.status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await kit.get(ConnectionsService).all(ctx)).toHaveLength(1);
  });
});
