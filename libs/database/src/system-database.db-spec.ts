import { newId } from '#app/kernel';
import { openTestDatabase, terminate, type OpenTestDatabase } from '#app/testing';

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});

afterAll(() => database.close());

const ROLE = {
  name: 'test_role',
  text: `SELECT pg_has_role('gatehouse_system', 'USAGE') AS entered, $1::text AS echo`,
};
const LINKS = { name: 'test_links', text: 'SELECT count(*) AS n FROM connect_links WHERE tenant_id = $1' };
const ADD_EVENT = {
  name: 'test_add_event',
  text: `INSERT INTO audit_events (tenant_id, id, occurred_at, kind, type, source, request_id)
         VALUES ($1, $2, now(), 'event', 'test', 'job', 'req')`,
};
const COUNT_EVENTS = { name: 'test_count_events', text: 'SELECT count(*) AS n FROM audit_events WHERE tenant_id = $1' };

const eventsOf = async (tenant: string): Promise<number> => {
  const rows = await database.system.query<{ n: number }>(COUNT_EVENTS, [tenant]);
  return rows[0]?.n ?? -1;
};

describe('SystemDatabase', () => {
  it('runs prepared statements as the role of the system', async () => {
    for (const echo of ['a', 'b']) {
      await expect(database.system.query(ROLE, [echo])).resolves.toEqual([{ entered: true, echo }]);
    }
  });

  it('returns bigints as numbers', async () => {
    await expect(database.system.query(LINKS, ['ten_x'])).resolves.toEqual([{ n: 0 }]);
  });

  it('refuses a bigint that a number can not hold rather than rounding it', async () => {
    const statement = { name: 'test_big', text: 'SELECT 9007199254740993::bigint AS n' };
    await expect(database.system.query(statement, [])).rejects.toThrow('beyond what a number can hold');
  });

  it('keeps all of a transaction', async () => {
    const tenant = newId('tenant');
    const result = await database.system.transaction(async (query) => {
      await query(ADD_EVENT, [tenant, newId('event')]);
      await query(ADD_EVENT, [tenant, newId('event')]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await eventsOf(tenant)).toBe(2);
  });

  it('keeps nothing of a transaction that fails', async () => {
    const tenant = newId('tenant');
    const work = database.system.transaction(async (query) => {
      await query(ADD_EVENT, [tenant, newId('event')]);
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await eventsOf(tenant)).toBe(0);
  });

  it('does not report success for a transaction whose failed statement was swallowed', async () => {
    const tenant = newId('tenant');
    const work = database.system.transaction(async (query) => {
      await query(ADD_EVENT, [tenant, newId('event')]);
      await query({ name: 'test_fail', text: 'SELECT 1/0' }, []).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('swallowed');
    expect(await eventsOf(tenant)).toBe(0);
  });

  it('answers not_available when a transaction loses its connection, and works with the next', async () => {
    const work = database.system.transaction(async (query) => {
      const [row] = await query<{ pid: number }>({ name: 'test_pid', text: 'SELECT pg_backend_pid() AS pid' }, []);
      await terminate(database.url, row?.pid as number);
      await query(ROLE, ['too late']);
    });
    await expect(work).rejects.toMatchObject({ code: 'not_available' });
    await expect(database.system.transaction((query) => query(ROLE, ['a']))).resolves.toHaveLength(1);
  });
});

describe('SystemDatabase.withLock', () => {
  it('runs the work of one node at a time, and says who did not', async () => {
    let finish = (): void => undefined;
    const holding = new Promise<void>((resolve) => (finish = resolve));
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const first = database.system.withLock('test.job', () => {
      started();
      return holding;
    });
    await running;
    await expect(database.system.withLock('test.job', () => Promise.reject(new Error('ran twice')))).resolves.toBe(
      false,
    );
    await expect(database.system.withLock('test.other', () => Promise.resolve())).resolves.toBe(true);
    finish();
    await expect(first).resolves.toBe(true);
    await expect(database.system.withLock('test.job', () => Promise.resolve())).resolves.toBe(true);
  });

  it('lets go of the lock when the work fails', async () => {
    const work = (): Promise<void> => Promise.reject(new Error('job failed'));
    await expect(database.system.withLock('test.failing', work)).rejects.toThrow('job failed');
    await expect(database.system.withLock('test.failing', () => Promise.resolve())).resolves.toBe(true);
  });
});
