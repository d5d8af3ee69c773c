import pg from 'pg';
import { send, type Answer } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

const LIST = 'intercom_conversations_list';

describe('the tenants of an installation', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
    await gate.connect('alice', ((await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate).id);
  });
  afterAll(() => gate.stop());

  interface Made {
    readonly id: string;
    readonly clientId: string;
    readonly secret: string;
    readonly token: string;
  }

  const make = async (name: string): Promise<Made> => {
    const answer = await gate.post('/api/v1/tenants', { name });
    expect(answer.status).toBe(201);
    const {
      tenant,
      client,
      client_secret: secret,
    } = answer.json() as {
      tenant: { id: string };
      client: { id: string };
      client_secret: string;
    };
    return { id: tenant.id, clientId: client.id, secret, token: await gate.tokenFor(client.id, secret) };
  };
  const act = (id: string, verb: string, body: object = {}, token = gate.token): Promise<Answer> =>
    gate.request('POST', `/api/v1/tenants/${id}:${verb}`, body, token);
  const asOwner = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: gate.databaseUrl });
    await client.connect();
    const { rows } = await client.query(text, values);
    await client.end();
    return rows as Row[];
  };

  it('makes one with a client that rules its own tenant, and no other', async () => {
    const made = await make('second');
    expect((await gate.get('/api/v1/tenant', made.token)).json()).toMatchObject({
      tenant: { id: made.id, name: 'second' },
    });
    expect((await gate.get('/api/v1/tenants', made.token)).status).toBe(403);
    const wish = { name: 'more', permissions: ['installation:operate'] };
    expect((await gate.request('POST', '/api/v1/clients', wish, made.token)).json()).toMatchObject({
      code: 'permission_denied',
    });
    const listed = (await gate.get('/api/v1/tenants?page_size=100')).json()['tenants'] as { id: string }[];
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining([gate.firstTenant.tenantId, made.id]));
    expect(listed.map(({ id }) => id)).not.toContain('ten_00000000000000000000000000');
    const events = (await gate.get('/api/v1/audit/events', made.token)).json()['events'] as { type: string }[];
    expect(events.map(({ type }) => type)).toContain('tenant.created');
  });

  it('shows its operator nothing of a tenant but that it is there', async () => {
    const made = await make('private');
    const app = {
      name: 'private app',
      connector: 'intercom',
      oauth_client_id: 'x',
      oauth_client_secret: 'y'.repeat(20),
    };
    const created = await gate.request('POST', '/api/v1/connections', app, made.token);
    const { id } = created.json()['connection'] as { id: string };
    const link = { connector: 'private app', identifier: 'user of private' };
    expect((await gate.request('POST', '/api/v1/connected_accounts/magic_link', link, made.token)).status).toBe(200);
    const places = [
      '/api/v1/connections',
      '/api/v1/connected_accounts',
      '/api/v1/clients',
      '/api/v1/keys/data',
      '/api/v1/audit/events:export',
      '/api/v1/tenants?page_size=100',
      `/api/v1/tenants/${made.id}`,
      '/api/v1/installation/keys/data',
    ];
    const texts = await Promise.all(places.map(async (place) => (await gate.get(place)).text));
    for (const secret of [id, made.clientId, 'private app', 'user of private'])
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(texts.filter((text) => text.includes(made.id)).length).toBeGreaterThanOrEqual(2);
    expect((await gate.get(`/api/v1/connections/${id}`)).status).toBe(404);
  });

  it('suspends and resumes', async () => {
    const made = await make('third');
    expect((await act(made.id, 'suspend')).json()).toMatchObject({ tenant: { status: 'suspended' } });
    expect((await gate.get(`/api/v1/tenants/${made.id}`)).json()).toMatchObject({ tenant: { status: 'suspended' } });
    expect((await act(made.id, 'resume')).json()).toMatchObject({ tenant: { status: 'active' } });
    expect((await act(`${made.id.slice(0, -1)}_`, 'resume')).status).toBe(404);
    expect((await act('ten_00000000000000000000000000', 'suspend')).status).toBe(404);
  });

  it('N4 an operator of a suspended tenant can not undo that, whatever this node remembers of it', async () => {
    const rival = await make('rival');
    await asOwner(`UPDATE api_clients SET permissions = permissions || 'installation:operate'::text WHERE id = $1`, [
      rival.clientId,
    ]);
    expect((await gate.get('/api/v1/tenants', rival.token)).status).toBe(200);
    expect((await act(rival.id, 'suspend')).status).toBe(200);
    // The first act is refused by what the database says, and those after it as the token of nobody
    expect((await act(rival.id, 'resume', {}, rival.token)).json()).toMatchObject({ code: 'permission_denied' });
    expect((await act(rival.id, 'resume', {}, rival.token)).json()).toMatchObject({ code: 'unauthenticated' });
    expect((await gate.get(`/api/v1/tenants/${rival.id}`)).json()).toMatchObject({ tenant: { status: 'suspended' } });
  });

  it('rotates the data key of the own tenant, and shows how far it is', async () => {
    const answer = await gate.post('/api/v1/keys/data:rotate', {});
    expect([answer.status, answer.json()]).toMatchObject([
      200,
      {
        keys: [
          { version: 1, state: 'retired' },
          { version: 2, state: 'primary', rows: 0 },
        ],
      },
    ]);
    expect((await gate.execute(LIST, 'alice', { limit: 1 })).status).toBe(200);
    const { reencryption } = (await gate.get('/api/v1/keys/data')).json() as { reencryption: object[] };
    expect(reencryption).toContainEqual({
      store: 'credentials',
      total: 1,
      left: expect.any(Number) as number,
      failed: 0,
    });
    expect((await gate.auditEvents('&type=data_key.promoted')).length).toBe(1);
  });

  it('rotates the data key of the installation for its operator only; tokens from before are good on every node', async () => {
    const path = '/api/v1/installation/keys/data';
    const installation = 'ten_00000000000000000000000000';
    const stranger = await make('stranger');
    for (const refused of [
      await gate.request('POST', `${path}:rotate`, {}, stranger.token),
      await gate.request('GET', path, undefined, stranger.token),
    ])
      expect([refused.status, refused.json()['code']]).toEqual([403, 'permission_denied']);
    const primary = (answer: Answer): unknown =>
      (answer.json()['keys'] as { state: string; version: number }[]).find(({ state }) => state === 'primary')?.version;
    expect(primary(await gate.get(path))).toBe(1);
    const other = await gate.addNode();
    const rotated = await gate.post(`${path}:rotate`, {});
    expect([rotated.status, primary(rotated)]).toEqual([200, 2]);
    // A node that starts now opens the signing key from the database, with a retired data key
    for (const node of [gate.url, other, await gate.addNode()]) {
      const { status } = await send(`${node}/api/v1/tenant`, { headers: { authorization: `Bearer ${gate.token}` } });
      expect([node, status]).toEqual([node, 200]);
    }
    expect((await gate.get('/api/v1/tenant', await gate.tokenFor(stranger.clientId, stranger.secret))).status).toBe(
      200,
    );
    const told = await asOwner<{ type: string; client_id: string }>(
      `SELECT type, client_id FROM audit_events WHERE tenant_id = $1 AND type LIKE 'data_key.%' ORDER BY occurred_at, id`,
      [installation],
    );
    expect(told).toEqual(
      ['data_key.staged', 'data_key.promoted'].map((type) => ({ type, client_id: gate.firstTenant.clientId })),
    );
  });

  it('V2 a signing key that somebody changed by SQL signs and verifies nothing, and is one incident', async () => {
    const flip = `UPDATE signing_keys SET private_key_sealed =
      set_byte(private_key_sealed, length(private_key_sealed) - 1, get_byte(private_key_sealed, length(private_key_sealed) - 1) # 1)`;
    const [key] = await asOwner<{ kid: string }>(`${flip} RETURNING kid`);
    const node = await gate.addNode();
    const ask = async (): Promise<number> =>
      (await send(`${node}/api/v1/tenant`, { headers: { authorization: `Bearer ${gate.token}` } })).status;
    expect([await ask(), await ask(), (await send(`${node}/keys`)).status]).toEqual([500, 500, 500]);
    const incidents = await asOwner(
      `SELECT tenant_id, reason, detail FROM audit_events WHERE type = 'vault.open_failed'`,
    );
    expect(incidents).toEqual([
      {
        tenant_id: 'ten_00000000000000000000000000',
        reason: 'not_authentic',
        detail: { stored: 'signing_key', kid: key?.kid },
      },
    ]);
    await asOwner(flip);
    expect(await ask()).toBe(200);
    await gate.stopNode(node);
  });

  describe('shredding', () => {
    it('asks for the id once more, and leaves the last operator alone', async () => {
      const own = gate.firstTenant.tenantId;
      expect((await act(own, 'shred', { confirm: 'yes' })).json()).toMatchObject({ code: 'invalid_arguments' });
      expect((await act(own, 'shred')).status).toBe(400);
      expect((await act(own, 'shred', { confirm: own })).status).toBe(409);
      expect((await act(own, 'suspend')).status).toBe(409);
    });

    it('V6 ends a tenant on request of its own: nothing of it opens, every call is refused, and others go on', async () => {
      const other = await make('other');
      await asOwner(`UPDATE api_clients SET permissions = permissions || 'installation:operate'::text WHERE id = $1`, [
        other.clientId,
      ]);
      const own = gate.firstTenant.tenantId;
      expect((await gate.execute(LIST, 'alice', { limit: 1 })).status).toBe(200);
      const before = (await gate.providerRequests()).length;
      expect((await act(own, 'shred', { confirm: own })).json()).toMatchObject({ tenant: { status: 'shredded' } });
      const refused = await gate.execute(LIST, 'alice', { limit: 1 });
      expect([401, 403]).toContain(refused.status);
      expect((await gate.providerRequests()).length).toBe(before);
      expect(await asOwner('SELECT 1 FROM credentials WHERE tenant_id = $1', [own])).toEqual([]);
      const keys = await asOwner<{ state: string; wrapped_key: Buffer }>(
        'SELECT state, wrapped_key FROM tenant_keys WHERE tenant_id = $1',
        [own],
      );
      expect(new Set(keys.map(({ state, wrapped_key: key }) => `${state} ${key.length}`))).toEqual(
        new Set(['destroyed 0']),
      );
      const trail = await asOwner(`SELECT 1 FROM audit_events WHERE tenant_id = $1 AND type = 'tenant.shredded'`, [
        own,
      ]);
      expect(trail).toHaveLength(1);
      expect((await gate.get('/api/v1/tenant', other.token)).status).toBe(200);
      // Again, and by the operator of another tenant: harmless, and there is no way back
      expect((await act(own, 'shred', { confirm: own }, other.token)).status).toBe(200);
      expect((await act(own, 'resume', {}, other.token)).status).toBe(409);
    });
  });
});
