import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#app/database';
import pg from 'pg';
import { until } from './until.js';

const SUPERUSER = 'postgres';

/** The one Postgres that all nodes share, and the ways to take it away from them. */
export class PostgresServer {
  private constructor(
    private readonly embedded: EmbeddedPostgres,
    private readonly folder: string,
  ) {}

  static async start(log: (message: string) => void): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faults-db-'));
    // As root the server runs as another account, which has to get through.
    chmodSync(folder, 0o711);
    return new PostgresServer(await startEmbeddedPostgres({ dataDir: folder, log }), folder);
  }

  get version(): string {
    return this.embedded.version;
  }

  /** Path of the socket that it listens on. */
  get socket(): string {
    const { searchParams } = new URL(this.embedded.url);
    return join(searchParams.get('host') ?? '', `.s.PGSQL.${searchParams.get('port')}`);
  }

  /** For a client that connects to a TCP port which leads here. */
  urlThrough(port: number): string {
    const { pathname, searchParams } = new URL(this.embedded.url);
    return `postgres://${searchParams.get('user')}@127.0.0.1:${port}${pathname}`;
  }

  /** The URL of the database for somebody beyond row-level security: the checker, which must see all that there is. */
  get superuserUrl(): string {
    const url = new URL(this.embedded.url);
    url.searchParams.set('user', SUPERUSER);
    return url.href;
  }

  get ownerUrl(): string {
    return this.embedded.url;
  }

  /** Ends it: SIGINT as an operator would, SIGKILL as a crash would. It comes back by itself; resolves when it has. */
  async restart(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const pid = this.postmasterPid();
    process.kill(pid, signal);
    await until(() => this.postmasterPidOrNull() !== pid && this.answers(), 'Postgres is back', 90_000);
  }

  async stop(): Promise<void> {
    await this.embedded.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.superuserUrl, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private postmasterPid(): number {
    const pid = this.postmasterPidOrNull();
    if (pid === null) throw new Error('Postgres is not running');
    return pid;
  }

  private postmasterPidOrNull(): number | null {
    try {
      return Number(readFileSync(join(this.embedded.place, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return null;
    }
  }
}
