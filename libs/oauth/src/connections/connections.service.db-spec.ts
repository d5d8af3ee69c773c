import { Secret, type RequestContext } from '#app/kernel';
import { ended, OAuthKit, PUBLIC_URL } from '../../test/oauth-kit.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { ConnectionsService } from './connections.service.js';

describe('ConnectionsService', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let connections: ConnectionsService;

  beforeAll(async () => {
    kit = await OAuthKit.start();
    connections = kit.get(ConnectionsService);
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
  });

  const input = {
    name: 'toy',
    connector: 'toy',
    oauthClientId: 'toy-client',
    clientSecret: new Secret('s3cret-of-the-app'),
  };

  it('makes a connection whose secret is sealed, and whose redirect URI nobody else has', async () => {
    const made = await connections.create(ctx, input);
    expect(made).toMatchObject({
      name: 'toy',
      status: 'enabled',
      userVerification: 'optional',
      sandbox: false,
      scopes: [],
    });
    expect(made.redirectUri).toBe(`${PUBLIC_URL}/oauth/callback/${made.id}`);
    expect(JSON.stringify(made)).not.toContain('secret');
    const [row] = await kit.sql<{ client_secret_sealed: Buffer }>(ctx, 'SELECT client_secret_sealed FROM connections');
    expect(row?.client_secret_sealed.includes('s3cret-of-the-app')).toBe(false);
    expect(await connections.get(ctx, made.id)).toEqual(made);
    expect(await kit.events(ctx)).toEqual(['connection.created']);
  });

  it.each([
    ['a name that is taken', {}, 'conflict'],
    ['a bad name', { name: ' x' }, 'invalid_arguments'],
    ['an unknown connector', { name: 'b', connector: 'nope' }, 'invalid_arguments'],
    ['an unknown parameter', { name: 'b', params: { region: 'eu' } }, 'invalid_arguments'],
    ['a scope with a space', { name: 'b', scopes: ['a b'] }, 'invalid_arguments'],
    ['a client id with a space', { name: 'b', oauthClientId: 'a b' }, 'invalid_arguments'],
    ['an endpoint that is no URL', { name: 'b', endpoints: { apiUrl: 'nope' } }, 'invalid_arguments'],
  ])('refuses %s', async (_, change, code) => {
    await connections.create(ctx, input);
    expect(await ended(connections.create(ctx, { ...input, ...change }))).toBe(code);
    expect((await connections.list(ctx)).totalSize).toBe(1);
  });

  it('lists what it has by connector and name, page by page, and only to its tenant', async () => {
    for (const name of ['One', 'two', 'Three']) await connections.create(ctx, { ...input, name });
    const first = await connections.list(ctx, { pageSize: 2 });
    expect(first).toMatchObject({ totalSize: 3, items: [{ name: 'Three' }, { name: 'two' }] });
    expect((await connections.list(ctx, { pageSize: 2, pageToken: first.nextPageToken })).items).toMatchObject([
      { name: 'One' },
    ]);
    expect((await connections.list(ctx, { connector: 'plain' })).items).toEqual([]);
    expect((await connections.list(ctx, { query: 'TW' })).items).toMatchObject([{ name: 'two' }]);
    expect((await connections.all(ctx)).map(({ name }) => name)).toHaveLength(3);
    const other = await kit.tenant();
    expect((await connections.list(other)).items).toEqual([]);
    expect(await ended(connections.get(other, first.items[0]?.id ?? ''))).toBe('not_found');
    expect(await ended(connections.delete(other, first.items[0]?.id ?? ''))).toBe('not_found');
  });

  it('changes what is given, and says in the trail which fields', async () => {
    const { id } = await connections.create(ctx, input);
    const changes = { status: 'disabled', scopes: ['a', 'b', 'a'], clientSecret: new Secret('a new secret') } as const;
    expect(await connections.update(ctx, id, changes)).toMatchObject({
      status: 'disabled',
      scopes: ['a', 'b'],
      name: 'toy',
    });
    expect((await kit.rawEvents(ctx)).at(-1)).toMatchObject({
      type: 'connection.updated',
      detail: { changed: ['status', 'scopes', 'clientSecret'] },
    });
    const [row] = await kit.sql<{ version: number }>(ctx, 'SELECT secret_version AS version FROM connections');
    expect(row?.version).toBe(2);
  });

  it('refuses the name of another connection', async () => {
    await connections.create(ctx, input);
    const { id } = await connections.create(ctx, { ...input, name: 'second' });
    expect(await ended(connections.update(ctx, id, { name: 'toy' }))).toBe('conflict');
    expect(await ended(connections.update(ctx, 'conn_nonsense', { name: 'x' }))).toBe('not_found');
  });

  it('does not send credentials to another place: endpoints stay while an account is connected', async () => {
    const { id, endpoints } = await kit.connection(ctx);
    await kit.connect(ctx, 'user_1');
    expect(await ended(connections.update(ctx, id, { endpoints: { apiUrl: 'https://evil.example' } }))).toBe(
      'conflict',
    );
    expect((await connections.update(ctx, id, { endpoints, status: 'enabled' })).endpoints).toEqual(endpoints);
    await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
    const moved = { endpoints: { apiUrl: 'https://elsewhere.example' }, clientSecret: new Secret('of the new app') };
    await connections.update(ctx, id, moved);
  });

  it.each([
    ['endpoints', { endpoints: { tokenUrl: 'https://evil.example/token' } }],
    ['no endpoints', { endpoints: {} }],
    ['oauth_client_id', { oauthClientId: 'another-client' }],
  ])('sends the stored secret nowhere else: new %s need the secret along with them', async (_, changes) => {
    const endpoints = { tokenUrl: 'https://first.example/token' };
    const { id } = await connections.create(ctx, { ...input, endpoints });
    const before = await kit.sql(ctx, 'SELECT * FROM connections');
    await expect(connections.update(ctx, id, changes)).rejects.toMatchObject({
      code: 'invalid_arguments',
      errors: [{ field: 'oauth_client_secret', message: expect.stringContaining('is required in the same request') }],
    });
    expect(await kit.sql(ctx, 'SELECT * FROM connections')).toEqual(before);
    const changed = await connections.update(ctx, id, { ...changes, clientSecret: new Secret('s3cret') });
    expect(changed).toMatchObject(changes);
    // what it is already may be said again without it
    expect(await connections.update(ctx, id, changes)).toMatchObject(changes);
  });

  it('wants the secret along with new params as well', async () => {
    const { id } = await connections.create(ctx, input);
    // the toy knows no parameters, so it can only lose one
    await kit.sql(ctx, `UPDATE connections SET params = '{"region": "eu"}'`);
    const errors = [{ field: 'oauth_client_secret' }];
    await expect(connections.update(ctx, id, { params: {} })).rejects.toMatchObject({ errors });
    expect(await connections.update(ctx, id, { params: {}, clientSecret: new Secret('s') })).toMatchObject({
      params: {},
    });
  });

  it('deletes the connection with its accounts', async () => {
    const { id } = await kit.connection(ctx);
    await kit.connect(ctx, 'user_1');
    await connections.delete(ctx, id);
    expect(await kit.sql(ctx, 'SELECT 1 FROM connected_accounts')).toEqual([]);
    expect((await kit.rawEvents(ctx)).at(-1)).toMatchObject({
      type: 'connection.deleted',
      connectionId: id,
      detail: { accounts: 1 },
    });
    expect(await ended(connections.get(ctx, id))).toBe('not_found');
  });

  it('V2 does not open the secret of another connection', async () => {
    await connections.create(ctx, input);
    const { id } = await connections.create(ctx, { ...input, name: 'second' });
    await kit.sql(
      ctx,
      `UPDATE connections SET client_secret_sealed = (SELECT client_secret_sealed FROM connections WHERE name = 'toy')`,
    );
    const [row] = await kit.sql<{ sealed: Buffer }>(
      ctx,
      `SELECT client_secret_sealed AS sealed FROM connections WHERE id = $1`,
      [id],
    );
    const moved = { tenantId: ctx.tenantId, id, secretVersion: 1, clientSecretSealed: row?.sealed ?? Buffer.alloc(0) };
    expect(await ended(kit.get(ConnectionSecrets).open(ctx, moved))).toBe('not_available');
    expect((await kit.rawEvents(ctx)).at(-1)).toMatchObject({
      type: 'vault.open_failed',
      connectionId: id,
      detail: { stored: 'client_secret' },
    });
  });
});
