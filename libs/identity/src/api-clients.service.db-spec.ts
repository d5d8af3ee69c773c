import { AppError, newId, PERMISSIONS, type ClientId, type RequestContext } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { GENERATED, IdentityNode } from '../test/identity-node.js';
import { IDENTITY_ENTITIES } from './entities/index.js';

describe('ApiClientsService', () => {
  let database: OpenTestDatabase;
  let node: IdentityNode;
  let admin: RequestContext;
  let adminId: ClientId;
  beforeEach(async () => {
    database = await openTestDatabase(IDENTITY_ENTITIES);
    node = new IdentityNode(database);
    const { clientId, secret } = await node.clients.ensureBootstrap(GENERATED);
    adminId = clientId;
    admin = await node.contextOf(await node.tokenFor(clientId, secret ?? ''));
    node.journal.events.length = 0;
  });
  afterEach(() => database.close());

  /** A client with these rights, and a request of its own. */
  const clientWith = async (rights: Partial<Parameters<typeof node.clients.create>[1]> = {}) => {
    const made = await node.clients.create(admin, {
      name: 'agent',
      permissions: ['tools:execute'],
      allowedTools: null,
      ...rights,
    });
    return { ...made, id: made.client.id, ctx: await node.contextOf(await node.tokenFor(made.client.id, made.secret)) };
  };
  const DENIED = { code: 'permission_denied' };

  it('makes a client whose secret works, and shows the secret nowhere else', async () => {
    const { client, secret, ctx } = await clientWith({ name: 'support agent', allowedTools: ['a', 'b', 'a'] });
    expect(client).toMatchObject({
      name: 'support agent',
      permissions: ['tools:execute'],
      allowedTools: ['a', 'b'],
      status: 'active',
      version: 1,
    });
    expect([...(ctx.caller?.allowedTools ?? [])]).toEqual(['a', 'b']);
    const shown = JSON.stringify([
      client,
      await node.clients.get(admin, client.id),
      await node.clients.list(admin, {}),
    ]);
    expect(shown).not.toMatch(/secret|hash/i);
    expect(shown).not.toContain(secret);
  });

  it('lists page by page, each client once', async () => {
    for (let i = 0; i < 4; i++) await clientWith({ name: `agent ${i}` });
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await node.clients.list(admin, { pageSize: 2, pageToken });
      expect(page.items.length).toBeLessThanOrEqual(2);
      names.push(...page.items.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names).toEqual(['bootstrap', 'agent 0', 'agent 1', 'agent 2', 'agent 3']);
  });

  it('T1 does not show, change or rotate a client of another tenant: it is not found', async () => {
    const stranger: RequestContext = { ...admin, tenantId: newId('tenant') };
    const unknown = `skc_${'0'.repeat(26)}` as ClientId;
    const messages = await Promise.all(
      [adminId, unknown].map(async (id) => {
        const error: unknown = await node.clients.get(stranger, id).catch((thrown: unknown) => thrown);
        return error instanceof AppError && error.code === 'not_found' ? error.message.replace(id, 'ID') : error;
      }),
    );
    expect(messages[0]).toBe(messages[1]);
    await expect(node.clients.update(stranger, adminId, { name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(node.clients.rotateSecret(stranger, adminId)).rejects.toMatchObject({ code: 'not_found' });
    expect((await node.clients.list(stranger, {})).items).toEqual([]);
    await expect(
      node.clients.create(stranger, { name: 'x', permissions: [], allowedTools: null }),
    ).rejects.toMatchObject(DENIED);
  });

  it('does not find a client by a hostile id', async () => {
    for (const id of ['../x', '', 'skc_\0', "skc_' OR 1=1", 'x'.repeat(1_000_000)])
      await expect(node.clients.get(admin, id as ClientId)).rejects.toMatchObject({ code: 'not_found' });
  });

  describe('update', () => {
    it('increases the version with every change of what the client may do, and only then', async () => {
      const { id } = await clientWith();
      const versionAfter = async (changes: Parameters<typeof node.clients.update>[2]): Promise<number> =>
        (await node.clients.update(admin, id, changes)).version;
      expect(await versionAfter({ name: 'renamed' })).toBe(1);
      expect(await versionAfter({ permissions: ['tools:execute', 'tools:read'] })).toBe(2);
      expect(await versionAfter({ permissions: ['tools:read', 'tools:execute'] })).toBe(2);
      expect(await versionAfter({ allowedTools: ['a'] })).toBe(3);
      expect(await versionAfter({ status: 'disabled' })).toBe(4);
      expect(await versionAfter({ status: 'active' })).toBe(5);
      expect(await versionAfter({})).toBe(5);
      expect((await node.clients.rotateSecret(admin, id)).client.version).toBe(6);
      expect(await node.clients.get(admin, id)).toMatchObject({
        name: 'renamed',
        permissions: ['tools:read', 'tools:execute'],
        allowedTools: ['a'],
      });
    });

    it('holds for the next request on this node', async () => {
      const made = await clientWith();
      const token = await node.tokenFor(made.id, made.secret);
      await node.tokens.verify(token);
      await node.clients.update(admin, made.id, { permissions: ['tools:read'] });
      expect([...(await node.tokens.verify(token)).caller.permissions]).toEqual(['tools:read']);
      await node.clients.update(admin, made.id, { status: 'disabled' });
      await expect(node.tokens.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('loses no change of two that are made at once', async () => {
      const { id } = await clientWith();
      await Promise.all([
        node.clients.update(admin, id, { allowedTools: ['a'] }),
        node.clients.update(admin, id, { permissions: ['tools:read'] }),
      ]);
      expect(await node.clients.get(admin, id)).toMatchObject({
        allowedTools: ['a'],
        permissions: ['tools:read'],
        version: 3,
      });
    });

    it('does not let a client lock itself out', async () => {
      for (const changes of [{ status: 'disabled' as const }, { permissions: ['tools:read' as const] }])
        await expect(node.clients.update(admin, adminId, changes)).rejects.toMatchObject({ code: 'conflict' });
      expect(await node.clients.update(admin, adminId, { name: 'renamed' })).toMatchObject({
        name: 'renamed',
        version: 1,
      });
    });
  });

  describe('the record of a change', () => {
    it('is part of the transaction of the change, and holds no secret', async () => {
      const { id, secret } = await clientWith({ allowedTools: ['a'] });
      await node.clients.update(admin, id, { status: 'disabled' });
      const rotated = await node.clients.rotateSecret(admin, id);
      expect(node.journal.events).toMatchObject(
        [
          { type: 'api_client.created', detail: { status: 'active', allowed_tools: ['a'] } },
          { type: 'api_client.updated', detail: { status: 'disabled' } },
          { type: 'api_client.secret_rotated', detail: { api_client: id, permissions: ['tools:execute'] } },
        ].map((event) => ({ ...event, clientId: adminId, requestId: admin.requestId, inTransaction: true })),
      );
      for (const text of [secret, rotated.secret]) expect(JSON.stringify(node.journal.events)).not.toContain(text);
    });

    it('keeps the change from happening when it can’t be written', async () => {
      const { id, secret } = await clientWith();
      node.journal.fault = new AppError('not_available', 'the trail is away');
      const before = await node.clients.list(admin, {});
      const attempts = [
        () => node.clients.create(admin, { name: 'x', permissions: [], allowedTools: null }),
        () => node.clients.update(admin, id, { status: 'disabled' }),
        () => node.clients.rotateSecret(admin, id),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not_available' });
      expect(await node.clients.list(admin, {})).toEqual(before);
      await expect(node.ask(id, secret)).resolves.toHaveProperty('accessToken');
    });

    it('is not left by a change that is refused', async () => {
      await expect(node.clients.update(admin, adminId, { status: 'disabled' })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(node.journal.events).toEqual([]);
    });
  });

  describe('grants', () => {
    it('can’t give what the giver does not hold', async () => {
      const { ctx } = await clientWith({ permissions: ['clients:write', 'tools:read'], allowedTools: ['a'] });
      const create = (permissions: (typeof PERMISSIONS)[number][], allowedTools: string[] | null) =>
        node.clients.create(ctx, { name: 'x', permissions, allowedTools });
      await expect(create(['tools:execute'], ['a'])).rejects.toMatchObject({
        ...DENIED,
        message: expect.stringContaining('tools:execute'),
      });
      await expect(create(['tools:read'], ['a', 'b'])).rejects.toMatchObject({
        ...DENIED,
        message: expect.stringContaining('tool:b'),
      });
      await expect(create(['tools:read'], null)).rejects.toMatchObject(DENIED);
      const { client } = await create(['tools:read'], ['a']);
      await expect(node.clients.update(ctx, client.id, { allowedTools: null })).rejects.toMatchObject(DENIED);
      await expect(node.clients.update(ctx, client.id, { permissions: [...PERMISSIONS] })).rejects.toMatchObject(
        DENIED,
      );
    });

    it('can give the reading of credentials without having it, if the giver administers the tenant', async () => {
      const rights = { permissions: ['accounts:read_credentials' as const], allowedTools: null };
      expect(await node.clients.create(admin, { name: 'x', ...rights })).toMatchObject({ client: rights });
      const { ctx } = await clientWith({ permissions: ['clients:write', 'accounts:write'] });
      await expect(node.clients.create(ctx, { name: 'x', ...rights })).rejects.toMatchObject(DENIED);
    });

    it('can’t take over or change a client that may do more', async () => {
      const { ctx } = await clientWith({ permissions: ['clients:write'] });
      await expect(node.clients.rotateSecret(ctx, adminId)).rejects.toMatchObject(DENIED);
      await expect(node.clients.update(ctx, adminId, { status: 'disabled' })).rejects.toMatchObject(DENIED);
      await expect(node.clients.update(ctx, adminId, { permissions: [] })).rejects.toMatchObject(DENIED);
    });

    it('are judged by what the giver may do now, not by what its request believes', async () => {
      const { ctx, id } = await clientWith({ permissions: ['clients:write', 'audit:read'] });
      await node.clients.update(admin, id, { permissions: ['clients:write'] });
      await expect(
        node.clients.create(ctx, { name: 'x', permissions: ['audit:read'], allowedTools: null }),
      ).rejects.toMatchObject(DENIED);
      await node.clients.update(admin, id, { permissions: ['audit:read'] });
      await expect(
        node.clients.create(ctx, { name: 'x', permissions: ['audit:read'], allowedTools: null }),
      ).rejects.toMatchObject(DENIED);
      await node.clients.update(admin, id, { permissions: ['clients:write', 'audit:read'], status: 'disabled' });
      await expect(node.clients.create(ctx, { name: 'x', permissions: [], allowedTools: null })).rejects.toMatchObject(
        DENIED,
      );
    });

    it('need a client that gives them', async () => {
      const nobody: RequestContext = { ...admin, caller: null };
      await expect(
        node.clients.create(nobody, { name: 'x', permissions: [], allowedTools: null }),
      ).rejects.toMatchObject(DENIED);
    });
  });
});
