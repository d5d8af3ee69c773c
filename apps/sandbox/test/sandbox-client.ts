import { request } from 'undici';
import { createSandbox, type Sandbox } from '../src/create-sandbox.js';
import type { SandboxOptions } from '../src/sandbox-options.js';

export const CLIENT_ID = 'test-app';
export const CLIENT_SECRET = 'test-app-secret';
export const REDIRECT_URI = 'http://127.0.0.1:9/callback?tenant=1';

/** Teammates of the seed that the tests act as. */
export const AMARA = '1000001';
export const CHLOE = '1000003';
export const DMITRI_WITHOUT_SEAT = '1000004';
export const FREJA_OF_BOREALIS = '2000001';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: T;
}

export interface CallOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class TestClock {
  constructor(public time = Date.UTC(2026, 10, 23, 15, 0, 0)) {}

  now(): number {
    return this.time;
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}

/** A running sandbox and an HTTP client for it, as an app and a browser use it. */
export class SandboxClient {
  private static readonly running = new Set<SandboxClient>();

  private constructor(
    readonly sandbox: Sandbox,
    readonly url: string,
    readonly clock: TestClock,
  ) {}

  static async start(options: Partial<SandboxOptions> = {}, clock = new TestClock()): Promise<SandboxClient> {
    const base = {
      host: '127.0.0.1',
      port: 0,
      stateFile: null,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      clock,
    };
    const sandbox = await createSandbox({ ...base, ...options });
    const { url } = await sandbox.listen();
    const client = new SandboxClient(sandbox, url, clock);
    SandboxClient.running.add(client);
    return client;
  }

  /** For the end of a test: a server that a failed test left open would keep Jest waiting. */
  static async closeAll(): Promise<void> {
    await Promise.all([...SandboxClient.running].map((client) => client.close()));
  }

  async call<T = Record<string, unknown>>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const response = await request(`${this.url}${path}`, {
      method: method as 'GET',
      headers: {
        ...(options.token === undefined
          ? {}
          : { authorization: `Bearer ${options.token}`, 'intercom-version': '2.16' }),
        ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...options.headers,
      },
      body: bodyOf(options),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      text,
      json: (isJson(response.headers) ? parsed(text) : undefined) as T,
    };
  }

  /** Posts the consent form. Returns where the browser is sent. */
  async consent(teammate: string, decision = 'allow', fields: Readonly<Record<string, string>> = {}): Promise<URL> {
    const form = { client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, state: 'st-1', teammate, decision, ...fields };
    const answer = await this.call('POST', '/oauth', { form });
    return new URL(answer.headers.location as string);
  }

  async code(teammate = AMARA): Promise<string> {
    return (await this.consent(teammate)).searchParams.get('code') as string;
  }

  exchange(
    code: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Answer<{ access_token: string; token: string }>> {
    return this.call('POST', '/auth/eagle/token', {
      json: { code, client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...fields },
    });
  }

  async token(teammate = AMARA): Promise<string> {
    return (await this.exchange(await this.code(teammate))).json.access_token;
  }

  async control<T = Record<string, unknown>>(method: string, path: string, json?: unknown): Promise<T> {
    const answer = await this.call<T>(method, `/_control/${path}`, json === undefined ? {} : { json });
    if (answer.status >= 400) throw new Error(`${method} /_control/${path}: ${answer.text}`);
    return answer.json;
  }

  close(): Promise<void> {
    SandboxClient.running.delete(this);
    return this.sandbox.close();
  }
}

export function errorOf(answer: Answer<unknown>): { code: string; message: string; field?: string } {
  return (answer.json as { errors: [{ code: string; message: string }] }).errors[0];
}

function bodyOf({ json, form }: CallOptions): string | null {
  if (form !== undefined) return new URLSearchParams(form).toString();
  if (json === undefined) return null;
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function isJson(headers: Readonly<Record<string, unknown>>): boolean {
  return String(headers['content-type']).startsWith('application/json');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
