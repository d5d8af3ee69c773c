import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#app/config';
import { freePort } from '../../demo/src/free-port.js';

/** The shipped server as a process of its own, the way `npm start` runs it, on a data folder that outlives it. */
export class ServerProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    private readonly output: () => string,
  ) {}

  /** Starts it with nothing but the given environment. Resolves when its banner is out, or when it has ended. */
  static async start(
    dataDir: string,
    env: Record<string, string> = {},
    nodeOptions: readonly string[] = [],
  ): Promise<ServerProcess> {
    const port = env['PORT'] ?? String(await freePort());
    const child = spawn(process.execPath, [...nodeOptions, join(projectRoot(), 'dist/apps/api/src/main.js')], {
      env: { PATH: process.env['PATH'] ?? '', PORT: port, GATEHOUSE_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // what the banner ends with; in production nothing comes after the addresses
    const ready = env['NODE_ENV'] === 'production' ? 'Gatehouse is running' : 'paste this into a terminal';
    let text = '';
    const banner = new Promise<void>((resolve) => {
      const read = (chunk: Buffer): void => {
        text += chunk.toString();
        if (text.includes(ready)) setImmediate(resolve);
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('close', () => resolve());
    });
    await banner;
    return new ServerProcess(child, `http://127.0.0.1:${port}`, () => text);
  }

  get text(): string {
    return this.output();
  }

  match(pattern: RegExp): string {
    return pattern.exec(this.text)?.[1] ?? '';
  }

  get clientId(): string {
    return this.match(/Client id +(\S+)/);
  }

  get clientSecret(): string {
    return this.match(/Client secret +(gks_\S+)/);
  }

  /** Signals it and waits for its end; resolves to its exit code, or null when a signal ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const gone = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    this.child.kill(signal);
    return gone;
  }
}

/** A folder for a data directory that the database's own account can get through when the tests run as root. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-start-'));
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
