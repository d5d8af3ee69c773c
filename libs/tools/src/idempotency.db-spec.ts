import { AppError, newId, type Caller, type ClientId, type ExecutionId, type RequestContext } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { Idempotency } from './idempotency.js';
import type { ToolCall } from './tool-call.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEY = 'order-1';
const CALL: ToolCall = { toolName: 'reply', identifier: 'user_1', params: { id: '7', body: 'Hello' } };

describe('Idempotency', () => {
  let database: OpenTestDatabase;
  let time: number;
  let ctx: RequestContext;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    time = Date.now();
    ctx = await newTenant();
  });

  /** As another node would have it: nothing is remembered in the process. */
  const node = (): Idempotency => new Idempotency(database.tenants, { now: () => time });

  const clientOf = (name: string): Caller => ({
    clientId: `skc_${name}` as ClientId,
    version: 1,
    secretStamp: 's',
    permissions: new Set(['tools:execute']),
    allowedTools: null,
  });

  async function newTenant(): Promise<RequestContext> {
    const tenantId = newId('tenant');
    await database.tenants.withTenant(tenantId, (em) =>
      em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 'a tenant')`, [tenantId]),
    );
    return { requestId: newId('request'), tenantId, source: 'rest', caller: clientOf('one') };
  }

  const claim = (id: ExecutionId = newId('execution'), call = CALL, asked = ctx) => node().claim(asked, KEY, call, id);

  it('gives the key to the first call, and its answer to those that repeat it', async () => {
    const first = newId('execution');
    expect(await claim(first)).toBeNull();
    await node().settle(ctx, KEY, first, { data: { id: '7', tags: ['a'] } });
    for (const _ of [1, 2]) expect(await claim()).toEqual({ executionId: first, data: { id: '7', tags: ['a'] } });
  });

  it('repeats the error of a write that may have happened', async () => {
    const first = newId('execution');
    await claim(first);
    const error = new AppError('unknown_outcome', 'cut off', { details: { provider_status: 502 } });
    await node().settle(ctx, KEY, first, { error });
    expect(await claim()).toEqual({
      executionId: first,
      error: { code: 'unknown_outcome', message: 'cut off', details: { provider_status: 502 } },
    });
  });

  it('refuses a repetition while the first call runs, and names that call', async () => {
    const running = newId('execution');
    await claim(running);
    time += 10 * MINUTE - 1;
    await expect(claim()).rejects.toMatchObject({ code: 'conflict', details: { execution_id: running } });
  });

  it('answers that the outcome is unknown once the first call has surely ended without storing one', async () => {
    const abandoned = newId('execution');
    await claim(abandoned);
    time += 10 * MINUTE;
    for (const _ of [1, 2])
      expect(await claim()).toMatchObject({ executionId: abandoned, error: { code: 'unknown_outcome' } });
  });

  it('takes over a key after 24 hours, for good', async () => {
    const old = newId('execution');
    await claim(old);
    await node().settle(ctx, KEY, old, { data: { id: 'old' } });
    time += 24 * HOUR;
    expect(await claim()).toMatchObject({ executionId: old });
    time += 1;
    const next = newId('execution');
    expect(await claim(next)).toBeNull();
    await node().settle(ctx, KEY, old, { data: { id: 'late' } });
    await expect(claim()).rejects.toMatchObject({ code: 'conflict', details: { execution_id: next } });
  });

  it('lets exactly one of many claims at once win', async () => {
    const ids = Array.from({ length: 8 }, () => newId('execution'));
    const results = await Promise.allSettled(ids.map((id) => claim(id)));
    const winners = ids.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of results)
      expect(result).toMatchObject(
        result.status === 'fulfilled'
          ? { value: null }
          : { reason: { code: 'conflict', details: { execution_id: winners[0] } } },
      );
  });

  it('lets exactly one of many claims at once take over an expired key', async () => {
    await claim();
    time += 24 * HOUR + 1;
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => claim()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses the key for another request, and sees through the order of fields', async () => {
    const first = newId('execution');
    await claim(first);
    await node().settle(ctx, KEY, first, { data: {} });
    const others: Partial<ToolCall>[] = [
      { toolName: 'assign' },
      { identifier: 'user_2' },
      { connection: 'other' },
      { connectedAccountId: 'ca_1' },
      { organizationId: 'org' },
      { params: { id: '7', body: 'Hello!' } },
      { params: [{ id: '7', body: 'Hello' }] },
    ];
    for (const other of others)
      await expect(claim(newId('execution'), { ...CALL, ...other })).rejects.toMatchObject({ code: 'conflict' });
    const reordered = { ...CALL, params: { body: 'Hello', id: '7' } };
    expect(await claim(newId('execution'), reordered)).toEqual({ executionId: first, data: {} });
  });

  it('T1 keeps the keys of every client and every tenant apart', async () => {
    const first = newId('execution');
    await claim(first);
    await node().settle(ctx, KEY, first, { data: { secret: 'of client one' } });
    const otherClient = { ...ctx, caller: clientOf('two') };
    const otherTenant = { ...(await newTenant()), caller: ctx.caller };
    for (const other of [otherClient, otherTenant]) {
      const id = newId('execution');
      expect(await claim(id, CALL, other)).toBeNull();
      await node().release(other, KEY, id);
    }
    expect(await claim()).toEqual({ executionId: first, data: { secret: 'of client one' } });
  });

  describe('release', () => {
    it('gives the key back, so that the call may be made again', async () => {
      const first = newId('execution');
      await claim(first);
      await node().release(ctx, KEY, first);
      expect(await claim()).toBeNull();
    });

    it('leaves a key alone that another call holds, or whose answer is stored', async () => {
      const holder = newId('execution');
      await claim(holder);
      await node().release(ctx, KEY, newId('execution'));
      await expect(claim()).rejects.toMatchObject({ code: 'conflict' });
      await node().settle(ctx, KEY, holder, { data: { id: '7' } });
      await node().release(ctx, KEY, holder);
      expect(await claim()).toMatchObject({ data: { id: '7' } });
    });
  });
});
