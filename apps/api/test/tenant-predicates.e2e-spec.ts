import { SystemDatabase, type Statement } from '#app/database';
import pg from 'pg';
import { Harness, type Teammate } from './harness.js';

interface Seen {
  readonly statement: Statement;
  readonly values: unknown[];
}

/** `a.tenant_id = $1`, made true for every tenant; the value is still used, so that its type can be told. */
const withoutPredicate = (text: string): string => text.replace(/(\w+\.)?tenant_id = (\$\d+)/g, '$2::text IS NOT NULL');

/** Statements that no other tenant's rows can change even without their predicate, each with the reason. */
const HARMLESS: Readonly<Record<string, string>> = {};

describe('T3 the tenant predicates of the login that sees all tenants', () => {
  let gate: Harness;
  let owner: pg.Client;
  const seen = new Map<string, Seen>();

  beforeAll(async () => {
    gate = await Harness.start();
    owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    const system = gate.nest.get(SystemDatabase);
    const query = system.query.bind(system);
    system.query = <R>(statement: Statement, values: unknown[]): Promise<R[]> => {
      const reads = !/\b(INSERT|UPDATE|DELETE)\b/.test(statement.text);
      if (reads && withoutPredicate(statement.text) !== statement.text) seen.set(statement.name, { statement, values });
      return query<R>(statement, values);
    };
    await useEverything();
    system.query = query;
  });
  afterAll(async () => {
    await owner.end();
    await gate.stop();
  });

  async function useEverything(): Promise<void> {
    const token = await gate.clientWith({ permissions: ['tools:read'] });
    await gate.connect('alice', ((await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate).id);
    const account = await gate.account('alice');
    await gate.execute('intercom_conversations_list', 'alice', { limit: 1 });
    await gate.execute('intercom_conversations_list', 'alice', { limit: 1 }, { connected_account_id: account['id'] });
    await gate.get('/api/v1/tools/scoped?identifier=alice');
    await gate.get('/api/v1/tools', token);
    await gate.get('/keys');
  }

  /** Another tenant with the same rows, under the same ids and names: the worst that ids can come to. */
  async function addTwin(): Promise<void> {
    const { rows } = await owner.query<{ name: string; columns: string[] }>(`
      SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      GROUP BY c.oid, c.relname HAVING 'tenant_id' = ANY(array_agg(a.attname::text)) ORDER BY c.oid`);
    for (const { name, columns } of rows) {
      const others = columns.filter((column) => column !== 'tenant_id').map((column) => `, ${column}`);
      await owner.query(
        `INSERT INTO ${name} (tenant_id${others.join('')}) SELECT $1${others.join('')} FROM ${name} WHERE tenant_id = $2`,
        ['ten_twin', gate.firstTenant.tenantId],
      );
    }
  }

  const rowsOf = async (text: string, values: unknown[]): Promise<string> =>
    JSON.stringify((await owner.query(text, values)).rows);

  it('T3 keep the rows of a tenant with the same ids out, each of them, and each is needed for that', async () => {
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining(['oauth.account_by_identifier', 'oauth.account_by_id', 'oauth.active_credential']),
    );
    const alone = new Map<string, string>();
    for (const [name, { statement, values }] of seen) alone.set(name, await rowsOf(statement.text, values));
    await addTwin();
    for (const [name, { statement, values }] of seen) {
      expect([name, await rowsOf(statement.text, values)]).toEqual([name, alone.get(name)]);
      const mutant = await rowsOf(withoutPredicate(statement.text), values);
      if (name in HARMLESS) expect([name, mutant]).toEqual([name, alone.get(name)]);
      else expect([name, mutant]).not.toEqual([name, alone.get(name)]);
    }
  });
});
