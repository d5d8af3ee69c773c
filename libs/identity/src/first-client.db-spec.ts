import { INSTALLATION_TENANT, PERMISSIONS } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { GENERATED, IdentityNode } from '../test/identity-node.js';
import { IDENTITY_ENTITIES } from './entities/index.js';

describe('ensureBootstrap', () => {
  let database: OpenTestDatabase;
  let node: IdentityNode;
  beforeEach(async () => {
    database = await openTestDatabase(IDENTITY_ENTITIES);
    node = new IdentityNode(database);
  });
  afterEach(() => database.close());

  const count = async (table: 'tenants' | 'api_clients'): Promise<number> => {
    const [row] = await database.system.query<{ n: number }>(
      { name: `count_${table}`, text: `SELECT count(*) AS n FROM ${table}` },
      [],
    );
    return row?.n ?? -1;
  };

  it('makes the installation, the first tenant and a client that may do everything, and shows its secret', async () => {
    const { tenantId, clientId, secret } = await node.clients.ensureBootstrap(GENERATED);
    expect(secret).toMatch(/^gks_[\w-]{43}$/);
    const ctx = await node.contextOf(await node.tokenFor(clientId, secret ?? ''));
    expect(ctx.tenantId).toBe(tenantId);
    expect([...ctx.caller.permissions]).toEqual(
      PERMISSIONS.filter((permission) => permission !== 'accounts:read_credentials'),
    );
    expect(ctx.caller.allowedTools).toBeNull();
    expect(tenantId).not.toBe(INSTALLATION_TENANT);
    expect(node.journal.events).toMatchObject([
      { tenantId, type: 'tenant.created', inTransaction: true },
      { tenantId, type: 'api_client.created', detail: { api_client: clientId }, inTransaction: true },
    ]);
    expect([await count('tenants'), await count('api_clients')]).toEqual([2, 1]);
  });

  it('changes nothing at the next boot, whatever is configured by then', async () => {
    const { tenantId, clientId, secret } = await node.clients.ensureBootstrap(GENERATED);
    const configured = { id: 'skc_configured_later', secret: node.keeper.secret('x'.repeat(32)) };
    for (const config of [GENERATED, configured])
      expect(await new IdentityNode(database).clients.ensureBootstrap(config)).toEqual({
        tenantId,
        clientId,
        secret: null,
      });
    await expect(node.ask(clientId, secret ?? '')).resolves.toHaveProperty('accessToken');
    await expect(node.ask('skc_configured_later', 'x'.repeat(32))).rejects.toMatchObject({ code: 'unauthenticated' });
    expect([await count('tenants'), await count('api_clients')]).toEqual([2, 1]);
  });

  it('takes a configured id and secret, and does not show that secret', async () => {
    const secret = 'configured-secret-of-32-characters!';
    const result = await node.clients.ensureBootstrap({ id: 'skc_from-config', secret: node.keeper.secret(secret) });
    expect(result).toMatchObject({ clientId: 'skc_from-config', secret: null });
    await expect(node.ask('skc_from-config', secret)).resolves.toHaveProperty('accessToken');
  });

  it('refuses an id that is none, before it makes anything', async () => {
    await expect(node.clients.ensureBootstrap({ id: 'admin', secret: null })).rejects.toThrow('begin with skc_');
    expect(await count('api_clients')).toBe(0);
  });

  it('makes one client when many nodes boot at once, and one of them shows the secret', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => new IdentityNode(database).clients.ensureBootstrap(GENERATED)),
    );
    expect(new Set(results.map(({ clientId }) => clientId)).size).toBe(1);
    expect(results.filter(({ secret }) => secret !== null)).toHaveLength(1);
    expect([await count('tenants'), await count('api_clients')]).toEqual([2, 1]);
  });

  it('V12 stores no secret, only its digest', async () => {
    const { secret } = await node.clients.ensureBootstrap(GENERATED);
    const rows = await database.system.query<object>(
      { name: 'dump', text: 'SELECT row_to_json(c)::text AS text FROM api_clients c' },
      [],
    );
    expect(JSON.stringify(rows)).toContain('secret_hash');
    expect(JSON.stringify(rows)).not.toContain(secret?.slice(4));
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret ?? '').toString('hex'));
  });
});
