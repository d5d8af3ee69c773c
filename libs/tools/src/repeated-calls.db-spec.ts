import { AppError, newId, type ClientId, type JsonObject, type RequestContext } from '#app/kernel';
import type { AppConfig } from '#app/config';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import type { ReadyExecution } from './execution.js';
import type { StoredAnswer } from './idempotency.js';
import { RepeatedCalls } from './repeated-calls.js';

const MINUTE = 60_000;
const DONE = { data: { id: '7' } };

describe('RepeatedCalls', () => {
  let database: OpenTestDatabase;
  let tenantId: RequestContext['tenantId'];
  let now = Date.now();
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    tenantId = newId('tenant');
    await database.tenants.withTenant(tenantId, (em) =>
      em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 'a tenant')`, [tenantId]),
    );
  });

  const config = { tools: { deadlineMs: 30_000 } } as AppConfig;
  /** As another node would have it. */
  const node = () => new RepeatedCalls(database.tenants, database.system, config, { now: () => now });

  interface Attempt {
    readonly execution: ReadyExecution;
    readonly vanish: () => void;
  }

  function attempt(change: { client?: string; account?: string; tool?: string; args?: JsonObject } = {}): Attempt {
    const caller = new AbortController();
    const { client = 'skc_one', account = 'ca_1', tool = 'reply', args = { id: '7', body: 'Hello' } } = change;
    const execution = {
      id: newId('execution'),
      ctx: { requestId: newId('request'), tenantId, source: 'grpc', caller: callerOf(client), signal: caller.signal },
      call: { toolName: tool, params: {}, repeatedByClient: true },
      startedAt: now,
      tool: { name: tool },
      account: { id: account },
      args,
    } as unknown as ReadyExecution;
    return { execution, vanish: () => caller.abort() };
  }

  const callerOf = (name: string) => ({ clientId: name as ClientId, version: 1, permissions: new Set() });

  /** The first call of which the caller has gone while it ran. */
  async function vanished(on = node()): Promise<{ execution: ReadyExecution; on: RepeatedCalls }> {
    const { execution, vanish } = attempt();
    expect(await on.claim(execution)).toBeNull();
    vanish();
    return { execution, on };
  }

  it('gives a repeat the outcome of the call whose caller has vanished, on another node too', async () => {
    const first = await vanished();
    await first.on.settle(first.execution, DONE.data);
    expect(await node().claim(attempt().execution)).toEqual({ executionId: first.execution.id, ...DONE });
  });

  it('lets the repeat wait for a call that still runs', async () => {
    const first = await vanished();
    await marked();
    const repeat = node().claim(attempt().execution);
    await first.on.settle(first.execution, DONE.data);
    expect(await repeat).toEqual({ executionId: first.execution.id, ...DONE });
  });

  it('knows a repeat that is faster than the mark of its first, on the node of both', async () => {
    const { on, execution } = await vanished();
    const repeat = on.claim(attempt().execution);
    await on.settle(execution, DONE.data);
    expect(await repeat).toEqual({ executionId: execution.id, ...DONE });
  });

  it('makes no call whose caller has gone before: its repeat, which may come first, is made', async () => {
    const first = attempt();
    first.vanish();
    const on = node();
    expect(await on.claim(attempt().execution)).toBeNull();
    await expect(on.claim(first.execution)).rejects.toMatchObject({ code: 'timeout', dispatched: false });
  });

  it('hands over an error as it was', async () => {
    const first = await vanished();
    await first.on.settle(first.execution, new AppError('unknown_outcome', 'cut off', { details: { rule: 'x' } }));
    expect(await node().claim(attempt().execution)).toEqual({
      executionId: first.execution.id,
      error: { code: 'unknown_outcome', message: 'cut off', details: { rule: 'x' } },
    });
  });

  it('takes a third call for a new one, once a repeat has the outcome; not before', async () => {
    const first = await vanished();
    await first.on.settle(first.execution, DONE.data);
    const gone = attempt();
    gone.vanish();
    await handOver(gone);
    await handOver(attempt());
    expect(await node().claim(attempt().execution)).toBeNull();
  });

  it('keeps the outcome when a repeat may not have it: the next one is no new call', async () => {
    const first = await vanished();
    await first.on.settle(first.execution, DONE.data);
    const refused = attempt();
    const on = node();
    expect(await on.claim(refused.execution)).toMatchObject(DONE);
    await on.release(refused.execution);
    expect(await node().claim(attempt().execution)).toMatchObject(DONE);
  });

  it('does not take for a repeat what comes while the first caller is there, or after it was answered', async () => {
    const { execution, vanish } = attempt();
    const on = node();
    expect(await on.claim(execution)).toBeNull();
    expect(await node().claim(attempt().execution)).toBeNull();
    await on.settle(execution, DONE.data);
    vanish();
    expect(await node().claim(attempt().execution)).toBeNull();
  });

  it.each<[string, Parameters<typeof attempt>[0]]>([
    ['of another client', { client: 'skc_two' }],
    ['as another account', { account: 'ca_2' }],
    ['of another tool', { tool: 'close' }],
    ['with other arguments', { args: { id: '7', body: 'Hello again' } }],
  ])('does not take for a repeat a call %s', async (_, change) => {
    const first = await vanished();
    await first.on.settle(first.execution, DONE.data);
    expect(await node().claim(attempt(change).execution)).toBeNull();
  });

  it('knows the same arguments in another order', async () => {
    const first = await vanished();
    await first.on.settle(first.execution, DONE.data);
    expect(await node().claim(attempt({ args: { body: 'Hello', id: '7' } }).execution)).toMatchObject(DONE);
  });

  it('judges a repeat anew when nothing was sent', async () => {
    const first = await vanished();
    await first.on.release(first.execution);
    expect(await node().claim(attempt().execution)).toBeNull();
  });

  it('forgets the outcome after two minutes', async () => {
    const first = await vanished();
    await first.on.settle(first.execution, DONE.data);
    now += 2 * MINUTE;
    expect(await node().claim(attempt().execution)).toBeNull();
  });

  it('lets a repeat wait no longer than a call may take, and then says that the first still runs', async () => {
    const first = await vanished();
    await marked();
    const { execution } = attempt();
    now += 30_000;
    await expect(node().claim(execution)).rejects.toMatchObject({
      code: 'conflict',
      details: { execution_id: first.execution.id },
    });
  });

  /** Gives a repeat, on a node of its own, what its first call came to. */
  async function handOver({ execution }: Attempt): Promise<void> {
    const on = node();
    const earlier = await on.claim(execution);
    expect(earlier).toMatchObject(DONE);
    await on.handedOver(execution, earlier as StoredAnswer);
  }

  /** Resolves when the mark of the vanished caller is in the database. */
  async function marked(): Promise<void> {
    for (;;) {
      const rows: unknown[] = await database.tenants.withTenant(tenantId, (em) =>
        em.query('SELECT 1 FROM idempotency_keys WHERE tenant_id = $1', [tenantId]),
      );
      if (rows.length > 0) return;
    }
  }
});
