import { checkHistory, type HistoryEvent } from '#app/testing';
import pg from 'pg';
import { send, type Answer } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

const GET = 'intercom_conversation_get';
const USERS = ['ada', 'bob', 'cy'];
const CYCLES = 4;
/** What the trail says of a call, and of the end of its account. */
const TOLD = new Set(['tool.requested', 'tool.executed', 'connected_account.disconnected']);

describe('N1 revocation over several nodes', () => {
  let gate: Harness;
  let nodes: string[];
  let people: Teammate[];
  const history: HistoryEvent[] = [];
  let calls = 0;

  beforeAll(async () => {
    gate = await Harness.start();
    nodes = [gate.url, await gate.addNode(), await gate.addNode()];
    people = (await gate.teammates()).filter((one, _, all) => one.workspace_id === all[0]?.workspace_id);
    for (const user of USERS) await connect(user);
    gate.arrivals.listener = (request) => {
      const id = /^GET \/conversations\/(\d+)/.exec(request)?.[1];
      if (id !== undefined) history.push({ kind: 'arrived', call: id });
    };
  });
  afterAll(() => gate.stop());

  const connect = (user: string): Promise<unknown> => gate.connect(user, (people[USERS.indexOf(user)] as Teammate).id);

  const execute = (node: string, user: string, conversation_id: string, token = gate.token): Promise<Answer> =>
    send(`${node}/api/v1/execute_tool`, {
      method: 'POST',
      json: { tool_name: GET, identifier: user, params: { conversation_id } },
      headers: { authorization: `Bearer ${token}` },
    });

  /** A call whose request can be recognised at the provider: nobody else asks for this conversation, which does not exist. */
  async function call(node: string, user: string): Promise<string> {
    const id = String(900_000_000 + calls++);
    history.push({ kind: 'call_began', call: id, account: user, node });
    const code = String((await execute(node, user, id)).json()['code']);
    // A conflict says that the account changed on the way: the call was not, or no longer, let out
    const as = code === 'not_found' ? 'done' : code === 'account_not_active' ? 'refused' : 'failed';
    history.push({ kind: 'call_ended', call: id, as });
    return code;
  }

  async function change(which: 'revoke' | 'restore', account: string, work: () => Promise<unknown>): Promise<void> {
    history.push({ kind: 'began', change: which, account });
    await work();
    history.push({ kind: 'returned', change: which, account });
  }

  const disconnect = async (user: string): Promise<Answer> =>
    gate.post(`/api/v1/connected_accounts/${String((await gate.account(user))['id'])}:disconnect`, {});

  async function revokeAndRestore(user: string): Promise<void> {
    await Promise.all(nodes.map((node) => call(node, user)));
    await change('revoke', user, () => disconnect(user));
    const late = await Promise.all(nodes.map((node) => call(node, user)));
    expect(late).toEqual(nodes.map(() => 'account_not_active'));
    await change('restore', user, () => connect(user));
  }

  it('N1 admits no call that begins after a revoke has returned, on any node, with warm caches and racing calls', async () => {
    const racing = { over: false };
    const keepCalling = async (node: string, user: string): Promise<void> => {
      while (!racing.over) await call(node, user);
    };
    const callers = nodes.flatMap((node) => USERS.map((user) => keepCalling(node, user)));
    try {
      for (let cycle = 0; cycle < CYCLES; cycle++) await revokeAndRestore(USERS[cycle % 2] as string);
    } finally {
      racing.over = true;
      await Promise.all(callers);
    }
    expect(checkHistory(history)).toEqual([]);
    const ended = (as: string): number =>
      history.filter((event) => event.kind === 'call_ended' && event.as === as).length;
    expect(ended('done')).toBeGreaterThan(50);
    expect(ended('refused')).toBeGreaterThanOrEqual(CYCLES * nodes.length);
  });

  it('N1 leaves an account alone that was not revoked: no error on any node while its neighbours come and go', () => {
    const ofCy = new Set(
      history.flatMap((event) => ('account' in event && event.account === 'cy' && 'call' in event ? [event.call] : [])),
    );
    const outcomes = history.flatMap((event) =>
      event.kind === 'call_ended' && ofCy.has(event.call) ? [event.as] : [],
    );
    expect(outcomes.length).toBeGreaterThan(10);
    expect(new Set(outcomes)).toEqual(new Set(['done']));
  });

  it('N1 makes no call wait for a revoke that is under way, neither of the account nor of its neighbours', async () => {
    const owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    try {
      await owner.query('BEGIN');
      await owner.query(`UPDATE connected_accounts SET version = version + 1 WHERE identifier = 'ada'`);
      await owner.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [await appKey(owner)]);
      expect(await Promise.all(USERS.flatMap((user) => nodes.map((node) => call(node, user))))).toEqual(
        USERS.flatMap(() => nodes.map(() => 'not_found')),
      );
    } finally {
      await owner.query('ROLLBACK');
      await owner.end();
    }
  });

  it('N1 lets a call finish that is at the provider when its account is revoked, and the trail shows the order', async () => {
    await gate.fault({ match: { path: '/conversations/*' }, kind: 'slow', ms: 400, times: 1 });
    const { listener } = gate.arrivals;
    const arrived = new Promise<void>((resolve) => {
      gate.arrivals.listener = async (request) => {
        await listener(request);
        resolve();
      };
    });
    const under = call(nodes[1] as string, 'ada');
    await arrived;
    await disconnect('ada');
    expect(await under).toBe('not_found');
    const trail = (await gate.auditEvents()).map(({ type }) => type).filter((type) => TOLD.has(String(type)));
    expect(trail.slice(0, 3)).toEqual(['tool.executed', 'connected_account.disconnected', 'tool.requested']);
    await connect('ada');
  });

  describe('N4 the same holds for', () => {
    const refusedEverywhere = async (user: string, token = gate.token): Promise<(string | number)[]> => {
      const before = history.length;
      const answers = await Promise.all(nodes.map((node) => execute(node, user, '1', token)));
      expect(history).toHaveLength(before);
      return [...new Set(answers.map((answer) => String(answer.json()['code'])))];
    };
    const warm = async (user: string, token = gate.token): Promise<void> => {
      for (const node of nodes) expect((await execute(node, user, '1', token)).json()['code']).toBe('not_found');
      history.length = 0;
    };

    const agent = async (): Promise<{ id: string; token: string }> => {
      const made = (await gate.post('/api/v1/clients', { name: 'agent', permissions: ['tools:execute'] })).json();
      const { id } = made['client'] as { id: string };
      return { id, token: await gate.tokenFor(id, String(made['client_secret'])) };
    };

    it('N4 an API client that is disabled', async () => {
      const { id, token } = await agent();
      await warm('bob', token);
      expect((await gate.patch(`/api/v1/clients/${id}`, { status: 'disabled' })).status).toBe(200);
      expect(await refusedEverywhere('bob', token)).toEqual(['unauthenticated']);
      expect((await execute(nodes[2] as string, 'bob', '1')).json()['code']).toBe('not_found');
    });

    it('N4 an account that is disconnected', async () => {
      await warm('ada');
      await disconnect('ada');
      expect(await refusedEverywhere('ada')).toEqual(['account_not_active']);
      await connect('ada');
    });

    describe('N4 the answer of an earlier write, asked for again by its key on a node that remembers', () => {
      /** A write by way of the second node. */
      const write = async (key: string, token = gate.token): Promise<() => Promise<Answer>> => {
        const listed = await gate.execute('intercom_conversations_list', 'ada', { limit: 1 });
        const { conversations } = listed.json()['data'] as { conversations: { id: string }[] };
        const json = {
          tool_name: 'intercom_conversation_reply',
          identifier: 'ada',
          params: { conversation_id: conversations[0]?.id, body: key },
        };
        const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
        return () => send(`${String(nodes[1])}/api/v1/execute_tool`, { method: 'POST', json, headers });
      };
      /** The same after its repetition, which is not made. */
      const repeated = async (key: string, token = gate.token): Promise<() => Promise<Answer>> => {
        const make = await write(key, token);
        const first = await make();
        const again = await make();
        expect([first.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
        expect(again.json()).toEqual(first.json());
        return make;
      };

      it('N4 of an account that is disconnected, until it is connected again', async () => {
        const repeat = await repeated('account');
        await disconnect('ada');
        expect((await repeat()).json()['code']).toBe('account_not_active');
        await connect('ada');
        expect((await repeat()).headers['idempotent-replayed']).toBe('true');
      });

      it('N4 of an account that is disconnected, where nobody knows what the write came to', async () => {
        await gate.fault({ match: { method: 'POST', path: '*/reply' }, kind: 'reset', times: 1 });
        const make = await write('unknown');
        const { execution_id, ...first } = (await make()).json();
        expect(first).toMatchObject({ code: 'unknown_outcome' });
        expect((await make()).json()).toMatchObject({ code: 'unknown_outcome', execution_id });
        await disconnect('ada');
        const refused = (await make()).json();
        expect(refused['code']).toBe('account_not_active');
        expect(refused['execution_id']).not.toBe(execution_id);
        await connect('ada');
        expect((await make()).json()).toMatchObject({ code: 'unknown_outcome', execution_id });
        const repeats = await gate.auditEvents('&type=execution.replayed');
        expect(
          repeats.filter(({ detail }) => (detail as { execution_id: unknown }).execution_id === execution_id),
        ).toHaveLength(2);
      });

      it('N4 by a client that is disabled', async () => {
        const { id, token } = await agent();
        const repeat = await repeated('client', token);
        await gate.patch(`/api/v1/clients/${id}`, { status: 'disabled' });
        expect((await repeat()).json()['code']).toBe('unauthenticated');
      });
    });

    it('N4 a connection that is disabled', async () => {
      const { connection_id: id } = await gate.account('bob');
      await warm('bob');
      await gate.patch(`/api/v1/connections/${String(id)}`, { status: 'disabled' });
      expect(await refusedEverywhere('bob')).toEqual(['policy_denied']);
      await gate.patch(`/api/v1/connections/${String(id)}`, { status: 'enabled' });
      await warm('bob');
    });

    it('N4 an account that is deleted', async () => {
      await warm('ada');
      await gate.post('/api/v1/connected_accounts:delete', { connector: 'intercom', identifier: 'ada' });
      expect(await refusedEverywhere('ada')).toEqual(['account_not_found']);
    });

    it('N4 a tenant that is suspended', async () => {
      // By a client of its own: a node remembers for some seconds that it is refused
      const { token } = await agent();
      await warm('bob', token);
      await setTenant('suspended');
      expect(await refusedEverywhere('bob', token)).toEqual(['unauthenticated']);
      await setTenant('active');
    });

    it('N4 a tenant that is shredded', async () => {
      await otherOperator();
      await warm('bob');
      const { tenantId: own } = gate.firstTenant;
      const before = (await gate.providerRequests()).length;
      const shredded = await gate.post(`/api/v1/tenants/${own}:shred`, { confirm: own });
      expect([shredded.status, shredded.json()]).toMatchObject([200, { tenant: { status: 'shredded' } }]);
      expect(await refusedEverywhere('bob')).toEqual(['unauthenticated']);
      expect(await gate.providerRequests()).toHaveLength(before);
    });
  });

  const asOwner = async (text: string, values: unknown[]): Promise<void> => {
    const owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    await owner.query(text, values);
    await owner.end();
  };

  const setTenant = (status: string): Promise<void> =>
    asOwner('UPDATE tenants SET status = $1 WHERE tenant_id = $2', [status, gate.firstTenant.tenantId]);

  /** Without one, the tenant that operates the installation can't be ended. */
  const otherOperator = async (): Promise<void> => {
    const { client } = (await gate.post('/api/v1/tenants', { name: 'other' })).json() as { client: { id: string } };
    const give = `UPDATE api_clients SET permissions = permissions || 'installation:operate'::text WHERE id = $1`;
    await asOwner(give, [client.id]);
  };

  const appKey = async (owner: pg.Client): Promise<string> => {
    const { rows } = await owner.query<{ tenant_id: string; connector: string; oauth_client_id: string }>(
      'SELECT tenant_id, connector, oauth_client_id FROM connections LIMIT 1',
    );
    const [{ tenant_id, connector, oauth_client_id } = { tenant_id: '', connector: '', oauth_client_id: '' }] = rows;
    return JSON.stringify(['revocation', tenant_id, connector, oauth_client_id]);
  };
});
