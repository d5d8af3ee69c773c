import { AppError, newId } from '#app/kernel';
import { openTestDatabase, terminate, type OpenTestDatabase } from '#app/testing';
import { isUniqueViolation } from './database-errors.js';

let database: OpenTestDatabase;
const tenant = newId('tenant');

const ADD = 'INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)';
const names = (): Promise<unknown> => database.tenants.withTenant(tenant, (em) => em.query('SELECT name FROM tenants'));

beforeAll(async () => {
  database = await openTestDatabase();
});

beforeEach(() => database.tenants.withTenant(tenant, (em) => em.query('DELETE FROM tenants')));

afterAll(() => database.close());

describe('TenantDatabase', () => {
  it('returns what the work returns and keeps what it wrote', async () => {
    const result = await database.tenants.withTenant(tenant, async (em) => {
      await em.query(ADD, [tenant, 'kept']);
      return 42;
    });
    expect(result).toBe(42);
    expect(await names()).toEqual([{ name: 'kept' }]);
  });

  it('keeps nothing when the work throws, and throws the very same error', async () => {
    const refusal = new AppError('conflict', 'no');
    const work = database.tenants.withTenant(tenant, async (em) => {
      await em.query(ADD, [tenant, 'gone']);
      throw refusal;
    });
    await expect(work).rejects.toBe(refusal);
    expect(await names()).toEqual([]);
  });

  it('does not report success for a transaction whose failed statement was swallowed', async () => {
    const work = database.tenants.withTenant(tenant, async (em) => {
      await em.query(ADD, [tenant, 'gone']);
      await em.query(ADD, [tenant, 'twice']).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('swallowed');
    expect(await names()).toEqual([]);
  });

  it('tells a taken key from other failures, inside of the transaction and outside', async () => {
    let inside: unknown;
    const outside = await database.tenants
      .withTenant(tenant, async (em) => {
        await em.query(ADD, [tenant, 'first']);
        await em.query(ADD, [tenant, 'second']).catch((error: unknown) => {
          inside = error;
          throw error;
        });
      })
      .catch((error: unknown) => error);
    for (const error of [inside, outside]) {
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(error, 'tenants_pkey')).toBe(true);
      expect(isUniqueViolation(error, 'connections_name_unique')).toBe(false);
    }
    expect(isUniqueViolation(new Error('something else'))).toBe(false);
  });

  it('lets no value of a statement out with an error', async () => {
    const failure = await database.tenants
      .withTenant(tenant, (em) => em.query('SELECT $1::int', ['s3cret-value']))
      .catch((error: unknown) => error);
    expect(Object.keys(failure as object)).not.toContain('parameters');
  });

  it('answers not_available when it loses the connection, and works with the next', async () => {
    const work = database.tenants.withTenant(tenant, async (em) => {
      const [row] = await em.query('SELECT pg_backend_pid() AS pid');
      await terminate(database.url, row.pid);
      await em.query('SELECT 1');
    });
    await expect(work).rejects.toMatchObject({ code: 'not_available' });
    expect(await names()).toEqual([]);
  });
});
