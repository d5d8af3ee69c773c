import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SecretScanner, type SecretFound } from '#app/testing';
import pg from 'pg';
import { CanaryFlows } from './canary-flows.js';

/** Put by the test where a secret must not be: what a search that works has to find. */
const PLANTED = 'planted-canary-that-every-search-has-to-find';

describe('V9 secrets stay inside of the shipped server', () => {
  let flows: CanaryFlows;
  let scanner: SecretScanner;
  let heap: Buffer;
  let dump: string;

  beforeAll(async () => {
    flows = await CanaryFlows.start();
    await flows.run();
    scanner = new SecretScanner({ ...flows.secrets, planted: PLANTED });
    heap = await flows.heap();
    await plantAndDump();
    await flows.server.end();
  });
  afterAll(() => flows.stop());

  async function plantAndDump(): Promise<void> {
    const client = new pg.Client({ host: socketFolder(), port: 5432, user: 'postgres', database: 'gatehouse' });
    await client.connect();
    await client.query('INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)', ['ten_planted', PLANTED]);
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      texts.push(name, ...rows.map(({ row }) => row));
    }
    dump = texts.join('\n');
    await client.query('CHECKPOINT');
    await client.end();
  }

  const socketFolder = (): string =>
    readFileSync(join(place(), 'cluster', 'postmaster.pid'), 'utf8').split('\n')[4] as string;

  const place = (): string => flows.server.match(/embedded Postgres in (\S+)/);

  /** Everything on the disk: heap files, write-ahead log, whatever else lies in the data folder. The sandbox's file is a provider's. */
  function filesOf(folder: string): [string, Buffer][] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && !path.endsWith('sandbox.json'))
      .map((path) => [path, readFileSync(path)]);
  }

  const leaks = (found: readonly SecretFound[]): SecretFound[] => found.filter(({ name }) => name !== 'planted');
  const planted = (found: readonly SecretFound[]): SecretFound[] => found.filter(({ name }) => name === 'planted');

  it('V9 saw a secret of every kind pass, and every flow answer', () => {
    const kinds = new Set(Object.keys(flows.secrets).map((name) => name.replace(/ \d+$/, '')));
    for (const kind of [
      'access_token',
      'refresh_token',
      'code',
      'code_verifier',
      'state',
      'link',
      'client secret',
      'webhook secret at first',
      'webhook secret by rotation',
      'secret of a tenant that is shredded',
      'master key',
      'agent token of alice',
      'code of an application',
      'second refresh token of an application',
    ])
      expect([...kinds]).toContain(kind);
    const statuses = new Set(flows.answers.map((answer) => answer.slice(0, 3)));
    for (const status of ['200', '201', '400', '401', '404', '409', '502']) expect([...statuses]).toContain(status);
    for (const outcome of [
      'mcp 200 success',
      'mcp 200 failure',
      'mcp 401 failure',
      'proxy 200',
      'proxy 401',
      'proxy 403',
      'proxy 502',
      'grpc 0',
      'grpc 4',
      'grpc 13',
      'grpc 16',
      'application 400',
    ])
      expect([...flows.outcomes]).toContain(outcome);
  });

  it('V9 has none of them in what the process printed, at trace level', () => {
    const { text } = flows.server;
    expect(text.includes('"level":"debug"')).toBe(true);
    expect(planted(scanner.scan(text + PLANTED))).not.toEqual([]);
    expect(leaks(scanner.scan(text))).toEqual([]);
  });

  it('V9 has none of them in an answer: bodies, headers, pages, exports, metrics, API description', () => {
    const all = flows.answers.join('\n');
    expect(planted(scanner.scan(all + JSON.stringify({ PLANTED })))).not.toEqual([]);
    expect(leaks(scanner.scan(all))).toEqual([]);
  });

  it('V12 has none of them in a dump of the whole database, system tables included', () => {
    const found = scanner.scan(dump);
    expect(planted(found)).not.toEqual([]);
    expect(leaks(found)).toEqual([]);
  });

  it('V9 has none of them in a file: tables, write-ahead log, data folder', () => {
    const folders = place().startsWith(flows.dataDir) ? [flows.dataDir] : [flows.dataDir, place()];
    const found = folders
      .flatMap(filesOf)
      .flatMap(([path, bytes]) => scanner.scan(bytes).map((one) => ({ ...one, path })));
    expect(planted(found).length).toBeGreaterThan(0);
    expect(found.some(({ name, path }) => name === 'planted' && path.includes('pg_wal'))).toBe(true);
    expect(leaks(found)).toEqual([]);
  });

  it('V10 holds none of them in its heap after the last call and a collection of garbage', () => {
    const own = new SecretScanner({ marker: 'rotor_things_get' });
    expect(own.scan(heap)).not.toEqual([]);
    expect(leaks(scanner.scan(heap))).toEqual([]);
  });
});
