import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DatabaseSetupError, reasonOf } from '../database-setup-error.js';
import { guard, type Guard } from './guard.js';
import type { PostgresRuntime } from './postgres-runtime.js';
import { PORT } from './socket-folder.js';
import { stopLeftovers } from './stop-leftovers.js';

const POLL_MS = 25;
const KEPT_LINES = 20;
const FAST_STOP_MS = 30_000;
/** Crashes and recoveries. The rest concerns single sessions, whose clients are told. */
const NOTEWORTHY = /PANIC: |was terminated by signal|automatic recovery in progress/;
const REVIVE_MS = { first: 500, longest: 30_000 };

export interface PostmasterOptions {
  readonly place: string;
  readonly cluster: string;
  readonly socketFolder: string;
  readonly runtime: PostgresRuntime;
  readonly log: (message: string) => void;
  /** Resolves once the server takes connections, rejects while it doesn't. */
  readonly ping: () => Promise<void>;
}

/** The server process: started, watched over, started again should it die, and stopped. */
export class Postmaster {
  private child: ChildProcess | null = null;
  private watcher: Guard | null = null;
  private ready = false;
  private stopped: Promise<void> | null = null;
  private readonly printed: string[] = [];

  constructor(private readonly options: PostmasterOptions) {}

  /** Resolves when the server takes connections; after a crash that includes the recovery, however long it takes. */
  async start(): Promise<void> {
    const child = this.launch();
    await this.untilReady(child);
    this.ready = true;
    release(child);
  }

  /** Fast shutdown: sessions are ended, everything committed is on disk. Safe to call again. */
  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private launch(): ChildProcess {
    if (this.stopped !== null) throw new DatabaseSetupError('The embedded Postgres has been stopped');
    const { runtime, cluster } = this.options;
    const child = spawn(join(runtime.bin, 'postgres'), ['-D', cluster, ...settings(this.options.socketFolder)], {
      ...runtime.spawnOptions,
      // Ctrl-C in the terminal reaches the whole session; the database has to outlive the requests in flight.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    this.watcher = guard(child, runtime);
    child.on('error', (error) => this.onExit(reasonOf(error)));
    child.on('exit', (code, killedBy) => this.onExit(killedBy ?? `exit code ${code}`));
    if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => this.onLine(line));
    return child;
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    while (this.child === child) {
      try {
        await this.options.ping();
        return;
      } catch (error) {
        if (codeOf(error) === 'EACCES') throw error;
        await sleep(POLL_MS);
      }
    }
    throw new DatabaseSetupError(`The embedded Postgres did not start. It said: ${this.printed.join(' | ')}`);
  }

  private onLine(line: string): void {
    this.printed.push(line);
    if (this.printed.length > KEPT_LINES) this.printed.shift();
    if (NOTEWORTHY.test(line)) this.options.log(`Postgres: ${line}`);
  }

  private onExit(how: string): void {
    this.child = null;
    this.watcher?.dismiss();
    if (!this.ready || this.stopped !== null) return;
    this.ready = false;
    this.options.log(`The embedded Postgres died (${how}); starting it again`);
    void this.revive();
  }

  private async revive(): Promise<void> {
    for (let pause = REVIVE_MS.first; this.stopped === null; pause = Math.min(pause * 2, REVIVE_MS.longest)) {
      await sleep(pause, undefined, { ref: false });
      if (this.stopped !== null) return;
      try {
        await stopLeftovers(this.options.place, this.options.log);
        await this.start();
        this.options.log('The embedded Postgres is back');
        return;
      } catch (error) {
        this.options.log(reasonOf(error));
      }
    }
  }

  private async shutDown(): Promise<void> {
    const child = this.child;
    if (child === null) return;
    child.ref();
    const gone = once(child, 'exit');
    signal(child, 'SIGINT');
    // The guard runs as the account of Postgres, so it may signal where we lack the capability.
    this.watcher?.trigger();
    const impatience = setTimeout(() => signal(child, 'SIGQUIT'), FAST_STOP_MS);
    await gone;
    clearTimeout(impatience);
  }
}

function settings(socketFolder: string): string[] {
  const values = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    port: PORT,
    max_connections: 200,
    // Stated here so that no configuration file in the folder can switch them off.
    fsync: 'on',
    full_page_writes: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    // Errors of statements go to the client; here they would only carry values into our log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A running server must not keep a process alive that is otherwise done. */
function release(child: ChildProcess): void {
  child.unref();
  (child.stderr as Socket | null)?.unref();
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(child.pid, name);
  } catch {
    // Gone already, or not ours to signal; its end is awaited either way.
  }
}
