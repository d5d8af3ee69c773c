import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '#app/config';
import { request } from 'undici';
import { until } from './until.js';

/** One node: the server as it is shipped, a process of its own that is killed and started again on the same port. */
export class NodeProcess {
  private child: ChildProcess | null = null;
  /** Times that it was killed. */
  kills = 0;

  constructor(
    readonly name: string,
    readonly port: number,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly logFile: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const out = openSync(this.logFile, 'a');
    const built = (file: string): string => join(projectRoot(), 'dist/apps', file);
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', PORT: String(this.port), ...this.environment };
    const preload = pathToFileURL(built('faults/src/jumping-clock.js')).href;
    const args = ['--enable-source-maps', '--import', preload, built('api/src/main.js')];
    this.child = spawn(process.execPath, args, { env, stdio: ['ignore', out, out, 'ipc'] });
    await until(async () => this.hasEnded() || (await this.isReady()), `${this.name} serves`, 120_000);
    if (!this.running) throw new Error(`${this.name} did not start. The end of its log:\n${this.log.slice(-4_000)}`);
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    this.kills += 1;
    await this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Sets its clock this far from the true time; resolves when it has. A node that starts has the true time. */
  async setClock(milliseconds: number): Promise<void> {
    const child = this.child;
    if (child === null || !this.running) throw new Error(`${this.name} has no clock: it does not run`);
    const set = once(child, 'message');
    child.send(milliseconds);
    await set;
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (child === null || !this.running) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    // One that is paused hears of nothing else.
    child.kill('SIGCONT');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 25_000);
    await gone;
    clearTimeout(impatience);
  }

  private hasEnded(): boolean {
    return !this.running;
  }

  private isReady(): Promise<boolean> {
    return request(`${this.url}/health/ready`).then(
      async ({ statusCode, body }) => (await body.dump(), statusCode === 200),
      () => false,
    );
  }
}
