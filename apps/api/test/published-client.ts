import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('published-client-process.mjs', import.meta.url));
const CLIENT_ID = 'skc_testclient0';
const CLIENT_SECRET = 'test-client-secret-of-enough-characters';

/** What the published client's exceptions tell a program. */
export interface Thrown {
  /** Name of the exception's class. */
  readonly class: string;
  readonly message: string;
  readonly isTool: boolean;
  /** Of the HTTP answer, where that is what was thrown. */
  readonly status?: number;
  readonly errorCode?: string;
  readonly toolErrorCode?: string;
  readonly toolErrorMessage?: string;
  readonly executionId?: string;
  /** Everything else in it, as JSON. */
  readonly plain?: unknown;
}

export interface ClientOptions {
  readonly url?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly options?: object;
  /** The same client again for every call with the same name; a new one without. */
  readonly keep?: string;
}

type Answer = { readonly id: number; readonly value?: unknown; readonly error?: Thrown };

/** The published client of the AgentKit API, unmodified, in a process of its own; a cold one for each call unless it is kept. */
export class PublishedClient {
  private last = 0;
  private readonly waiting = new Map<number, (answer: Answer) => void>();

  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {
    child.on('message', (answer: Answer) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
  }

  static async start(url: string, env: Record<string, string> = {}): Promise<PublishedClient> {
    const child = fork(PROGRAM, {
      serialization: 'advanced',
      execArgv: [],
      env: { ...env, PATH: process.env['PATH'] },
    });
    await once(child, 'message');
    return new PublishedClient(child, url);
  }

  stop(): void {
    this.child.disconnect();
  }

  /** As a machine that loses its power: nothing is said to the server. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** What `path` (such as `tools.executeTool`) returns, as JSON. Rejects with an `Error` that tells what it threw. */
  async call<Value = Record<string, unknown>>(
    path: string,
    args: readonly unknown[],
    client: ClientOptions = {},
  ): Promise<Value> {
    const { error, value } = await this.ask(path, args, client);
    if (error !== undefined) throw new Error(`${path}: ${JSON.stringify(error)}`);
    return value as Value;
  }

  /** What it throws. */
  async failure(path: string, args: readonly unknown[], client: ClientOptions = {}): Promise<Thrown> {
    const { error, value } = await this.ask(path, args, client);
    if (error === undefined) throw new Error(`${path} did not fail: ${JSON.stringify(value)}`);
    return error;
  }

  private ask(path: string, args: readonly unknown[], client: ClientOptions): Promise<Answer> {
    const id = (this.last += 1);
    const answer = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    const given = { url: this.url, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, ...client };
    this.child.send({ id, client: given, path, args });
    return answer;
  }
}
