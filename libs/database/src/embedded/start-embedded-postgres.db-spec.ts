import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { DatabaseSetupError } from '../database-setup-error.js';
import { locateBinaries } from './postgres-binaries.js';
import { prepareRuntime } from './postgres-runtime.js';
import { serverProcessesIn } from './process-table.js';
import { chooseAccount } from './run-account.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';

const asRoot = process.getuid?.() === 0;
const itAsRoot = asRoot ? it : it.skip;

const folders: string[] = [];
const running: EmbeddedPostgres[] = [];
const said: string[] = [];

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-'));
  chmodSync(folder, 0o711);
  folders.push(folder);
  return folder;
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: (message) => void said.push(message) });
  running.push(postgres);
  return postgres;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Tries again until it works; the test's own time limit ends it. */
async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await sleep(20);
    }
  }
}

function assertNoServerIn(place: string): void {
  expect(serverProcessesIn(place)).toEqual([]);
}

const postmasterOf = ({ place }: { place: string }): number =>
  Number(readFileSync(join(place, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);

/** Another process that runs the database of the folder, from the build. */
async function startElsewhere(dataDir: string): Promise<{ process: ChildProcess; url: string; place: string }> {
  const module = pathToFileURL(join(process.cwd(), 'dist/libs/database/src/index.js')).href;
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const { url, place } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => undefined });
    console.log(JSON.stringify({ url, place }));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { process: child, ...(JSON.parse(line as string) as { url: string; place: string }) };
}

let dataDir: string;

beforeAll(() => {
  dataDir = makeFolder();
});

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  said.length = 0;
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  try {
    rmdirSync('/var/lib/gatehouse');
  } catch {
    // Not made by these tests, or in use by an installation.
  }
});

describe('startEmbeddedPostgres', () => {
  it('serves an ordinary role over a private socket and nothing else', async () => {
    const postgres = await start(dataDir);
    const socketFolder = new URL(postgres.url).searchParams.get('host') as string;
    expect(statSync(postgres.place).mode & 0o777).toBe(0o700);
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    const settings = await query(
      postgres.url,
      `SELECT current_setting('listen_addresses') AS listens, current_setting('fsync') AS fsync,
         current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commit,
         rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`,
    );
    expect(settings).toEqual([{ listens: '', fsync: 'on', pages: 'on', commit: 'on', superuser: false }]);
  });

  it('keeps its data over a restart', async () => {
    const first = await start(dataDir);
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start(dataDir);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('leaves no process, socket or lock behind when it stops, and can be stopped twice', async () => {
    const postgres = await start(dataDir);
    const socketFolder = new URL(postgres.url).searchParams.get('host') as string;
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    assertNoServerIn(postgres.place);
    expect(existsSync(socketFolder)).toBe(false);
    expect(readdirSync(dataDir)).toEqual(['postgres']);
  });

  it('refuses to start twice on one folder, and names the process that has it', async () => {
    const other = await startElsewhere(dataDir);
    try {
      const failure = await start(dataDir).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DatabaseSetupError);
      expect(String(failure)).toContain(`in use by process ${other.process.pid}`);
      expect(await query(other.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      other.process.kill('SIGKILL');
      await once(other.process, 'exit');
    }
  });

  it('goes when its process is killed, and the next start has all that was committed', async () => {
    const other = await startElsewhere(dataDir);
    await query(other.url, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
    other.process.kill('SIGKILL');
    await once(other.process, 'exit');
    await eventually(() => assertNoServerIn(other.place));
    const postgres = await start(dataDir);
    expect(await query(postgres.url, 'SELECT n FROM acknowledged')).toEqual([{ n: 1 }]);
    expect(serverProcessesIn(postgres.place).filter(({ leads }) => leads)).toHaveLength(1);
  });

  it('takes over at once from a process that was killed a moment ago', async () => {
    const other = await startElsewhere(dataDir);
    other.process.kill('SIGKILL');
    const postgres = await start(dataDir);
    expect(serverProcessesIn(postgres.place).filter(({ leads }) => leads)).toHaveLength(1);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('stops a server of an earlier run that nothing stopped', async () => {
    const { place } = await start(dataDir);
    await running[0]?.stop();
    const account = chooseAccount([place]);
    const runtime = prepareRuntime(locateBinaries(), place, account);
    const orphan = spawn(
      join(runtime.bin, 'postgres'),
      ['-D', join(place, 'cluster'), '-c', 'listen_addresses=', '-c', `unix_socket_directories=${place}`],
      { ...runtime.spawnOptions, detached: true, stdio: 'ignore' },
    );
    const gone = once(orphan, 'exit');
    await eventually(() => expect(readFileSync(join(place, 'cluster', 'postmaster.pid'), 'utf8')).toContain('ready'));
    const postgres = await start(dataDir);
    await gone;
    expect(said.join()).toContain(`left behind (${orphan.pid}`);
    expect(postmasterOf(postgres)).not.toBe(orphan.pid);
  });

  it('starts when the number in a stale pid file belongs to some other process now', async () => {
    const { place } = await start(dataDir);
    await running[0]?.stop();
    writeFileSync(join(place, 'cluster', 'postmaster.pid'), `${process.ppid}\n${join(place, 'cluster')}\n1\n5432\n`);
    await expect(start(dataDir)).resolves.toBeDefined();
  });

  it('starts the server again when it dies by itself', async () => {
    const postgres = await start(dataDir);
    const first = postmasterOf(postgres);
    process.kill(first, 'SIGKILL');
    await eventually(() => {
      expect(postmasterOf(postgres)).not.toBe(first);
      return query(postgres.url, 'SELECT 1');
    });
    expect(said.join()).toContain('starting it again');
  });

  it('makes a good database where the making of one was interrupted', async () => {
    const interrupted = makeFolder();
    const draft = join(interrupted, 'postgres', 'cluster.new-dead');
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, 'PG_VERSION'), '18\n');
    const postgres = await start(interrupted);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(postgres.place).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
  });

  it('finds a place for its socket when the data folder has too long a path', async () => {
    const deep = join(makeFolder(), 'a-folder-name-that-makes-the-path-long'.repeat(3));
    const postgres = await start(deep);
    const socketFolder = new URL(postgres.url).searchParams.get('host') as string;
    expect(Buffer.byteLength(socketFolder)).toBeLessThan(85);
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    await postgres.stop();
    expect(existsSync(socketFolder)).toBe(false);
  });

  it('says which setting to change when the folder can not be written', async () => {
    const file = join(makeFolder(), 'a-file');
    writeFileSync(file, '');
    await expect(start(join(file, 'data'))).rejects.toThrow(
      /Can't keep the embedded database in .*GATEHOUSE_DATA_DIR.*DATABASE_URL/,
    );
  });

  it('refuses data of another major version, and says what to do', async () => {
    const old = makeFolder();
    const { place } = await start(old);
    await running[0]?.stop();
    writeFileSync(join(place, 'cluster', 'PG_VERSION'), '17\n');
    await expect(start(old)).rejects.toThrow(/made by PostgreSQL 17, and this release brings 18/);
  });

  itAsRoot(
    'lies outside of the data folder when the account of Postgres may not enter it, and is found again',
    async () => {
      const closed = makeFolder();
      chmodSync(closed, 0o700);
      const hidden = join(closed, 'data');
      const first = await start(hidden);
      folders.push(first.place);
      expect(first.place).toMatch(/^\/var\/lib\/gatehouse\/[0-9a-f]{16}$/);
      expect(said.join()).toContain(`lies in ${first.place}`);
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await first.stop();
      expect(statSync(closed).mode & 0o777).toBe(0o700);
      const second = await start(hidden);
      expect(second.place).toBe(first.place);
      expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      await second.stop();
      rmSync(hidden, { recursive: true });
      const unrelated = await start(hidden);
      folders.push(unrelated.place);
      expect(await query(unrelated.url, `SELECT to_regclass('kept') AS kept`)).toEqual([{ kept: null }]);
      await unrelated.stop();
      rmSync(unrelated.place, { recursive: true });
      await expect(start(hidden)).rejects.toThrow(/postgres-location says .* and that is gone/);
    },
  );
});
