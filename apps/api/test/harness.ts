import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '#app/config';
import { Secret, type Clock } from '#app/kernel';
import { createLogger } from '#app/observability';
import { createTestDatabase } from '#app/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { createSandbox } from '../../sandbox/src/create-sandbox.js';
import { Browser, send, type Answer } from '../../demo/src/http.js';
import { createApp } from '../src/create-app.js';
import type { FirstTenant } from '../src/bootstrap.js';
import { freePort } from '../../demo/src/free-port.js';

const CLIENT_ID = 'skc_testclient0';
const CLIENT_SECRET = 'test-client-secret-of-enough-characters';
const SANDBOX_CLIENT = 'sandbox-app';
export const SANDBOX_SECRET = 'canary-oauth-app-secret-8d1f';

export interface HarnessOptions {
  readonly env?: Record<string, string>;
  /** Hosts besides the provider's that may be called. */
  readonly allow?: readonly string[];
  readonly clock?: Clock;
}

interface Node {
  readonly url: string;
  readonly close: () => Promise<void>;
}

class Arrivals {
  /** Told of each request as it reaches the provider: of its method and path. It is answered when the listener lets it. */
  listener: (request: string) => void | Promise<void> = () => undefined;
  /** Told of the headers of each. */
  headers: (headers: Record<string, unknown>) => void = () => undefined;
  /** Told of each request whose connection was closed before it was answered. */
  givenUp: (request: string) => void = () => undefined;
  /** What its answers have besides their own headers. */
  answerHeaders: Record<string, string> = {};
}

/** The whole application over a clone of the template database, with the sandbox as its provider; real sockets all through. */
export class Harness {
  /** Every log line, at trace level. */
  readonly log: string[];
  token = '';
  private readonly nodes = new Map<string, () => Promise<void>>();

  private constructor(
    readonly url: string,
    readonly sandboxUrl: string,
    readonly nest: NestFastifyApplication,
    readonly firstTenant: FirstTenant,
    readonly databaseUrl: string,
    log: string[],
    /** Every access token that the provider has given out. */
    readonly providerTokens: readonly string[],
    private readonly closers: (() => Promise<unknown>)[],
    private readonly startNode: (more: Record<string, string>) => Promise<Node>,
    readonly arrivals: Arrivals,
  ) {
    this.log = log;
  }

  static async start(options: HarnessOptions = {}): Promise<Harness> {
    const database = await createTestDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-e2e-'));
    const sandbox = await createSandbox({
      host: '127.0.0.1',
      port: 0,
      stateFile: null,
      clientId: SANDBOX_CLIENT,
      clientSecret: SANDBOX_SECRET,
    });
    const providerTokens = collectTokens(sandbox.app);
    const arrivals = new Arrivals();
    sandbox.app.addHook('onRequest', async (request, reply) => {
      reply.headers(arrivals.answerHeaders);
      arrivals.headers(request.headers);
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) arrivals.givenUp(`${request.method} ${request.url}`);
      });
      await arrivals.listener(`${request.method} ${request.url}`);
    });
    const { url: sandboxUrl } = await sandbox.listen();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      GATEHOUSE_DATA_DIR: dataDir,
      GATEHOUSE_BOOTSTRAP_CLIENT_ID: CLIENT_ID,
      GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: CLIENT_SECRET,
      GATEHOUSE_EGRESS_ALLOW: [new URL(sandboxUrl).host, ...(options.allow ?? [])].join(','),
      DATABASE_POOL_SIZE: '4',
      PUBLIC_URL: url,
      ...options.env,
    };
    const config = loadConfig({ PORT: String(port), ...env });
    const log: string[] = [];
    const logger = createLogger('trace', { write: (line: string) => void log.push(line) });
    const app = { url: sandboxUrl, clientId: SANDBOX_CLIENT, clientSecret: new Secret(SANDBOX_SECRET) };
    const parts = {
      databaseUrl: database.url,
      sandbox: app,
      logger,
      ...(options.clock ? { clock: options.clock } : {}),
    };
    const { nest, firstTenant } = await createApp(config, parts);
    await nest.listen({ host: '127.0.0.1', port });
    const closers = [
      () => nest.close(),
      () => sandbox.close(),
      () => database.drop(),
      () => rm(dataDir, { recursive: true, force: true }),
    ];
    const startNode = async (more: Record<string, string>): Promise<Node> => {
      const own = await freePort();
      const other = await createApp(loadConfig({ PORT: String(own), ...env, ...more }), parts);
      await other.nest.listen({ host: '127.0.0.1', port: own });
      const scheme = more['TLS_CERT_FILE'] === undefined ? 'http' : 'https';
      return { url: `${scheme}://127.0.0.1:${own}`, close: () => other.nest.close() };
    };
    const harness = new Harness(
      url,
      sandboxUrl,
      nest,
      firstTenant,
      database.url,
      log,
      providerTokens,
      closers,
      startNode,
      arrivals,
    );
    harness.token = await harness.tokenFor(CLIENT_ID, CLIENT_SECRET);
    return harness;
  }

  async stop(): Promise<void> {
    for (const url of this.nodes.keys()) await this.stopNode(url);
    for (const close of this.closers) await close();
  }

  /** One more node over the same database; it answers at the URL returned, with the same tokens. */
  async addNode(env: Record<string, string> = {}): Promise<string> {
    const { url, close } = await this.startNode(env);
    this.nodes.set(url, close);
    return url;
  }

  async stopNode(url: string): Promise<void> {
    const close = this.nodes.get(url);
    this.nodes.delete(url);
    await close?.();
  }

  async tokenFor(clientId: string, clientSecret: string): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    return String((await send(`${this.url}/oauth/token`, { method: 'POST', form })).json()['access_token']);
  }

  get(path: string, token = this.token): Promise<Answer> {
    return send(this.url + path, { headers: { authorization: `Bearer ${token}` } });
  }

  patch(path: string, json: unknown): Promise<Answer> {
    return this.request('PATCH', path, json);
  }

  remove(path: string): Promise<Answer> {
    return this.request('DELETE', path);
  }

  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    json?: unknown,
    token = this.token,
  ): Promise<Answer> {
    return send(this.url + path, { method, json, headers: { authorization: `Bearer ${token}` } });
  }

  post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return send(this.url + path, {
      method: 'POST',
      json,
      headers: { authorization: `Bearer ${this.token}`, ...headers },
    });
  }

  execute(
    tool: string,
    identifier: string,
    params: object,
    more: object = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.post('/api/v1/execute_tool', { tool_name: tool, identifier, params, ...more }, headers);
  }

  /** An API client of the same tenant with less than everything; returns its token. */
  async clientWith(limits: { permissions: string[]; allowed_tools?: string[] }): Promise<string> {
    const made = (await this.post('/api/v1/clients', { name: 'limited', ...limits })).json();
    return this.tokenFor((made['client'] as { id: string }).id, String(made['client_secret']));
  }

  async magicLink(identifier: string, more: object = {}): Promise<string> {
    return String(
      (await this.post('/api/v1/connected_accounts/magic_link', { connector: 'intercom', identifier, ...more })).json()[
        'link'
      ],
    );
  }

  /** Connects a user through the real flow, as the given teammate. */
  async connect(identifier: string, teammateId: string, more: object = {}): Promise<{ url: string; page: Answer }> {
    const browser = new Browser();
    const asked = await browser.openConnectLink(await this.magicLink(identifier, more));
    return this.answerConsent(browser, asked, { teammate: teammateId, decision: 'allow' });
  }

  answerConsent(
    browser: Browser,
    asked: { url: string },
    answer: Record<string, string>,
  ): Promise<{ url: string; page: Answer }> {
    const fields = Object.fromEntries(new URL(asked.url).searchParams);
    const form = {
      client_id: fields['client_id'] ?? '',
      redirect_uri: fields['redirect_uri'] ?? '',
      state: fields['state'] ?? '',
      ...answer,
    };
    return browser.open(new URL('/oauth', asked.url).href, { method: 'POST', form });
  }

  async account(identifier: string): Promise<Record<string, unknown>> {
    const answer = await this.get(
      `/api/v1/connected_accounts/details?connector=intercom&identifier=${encodeURIComponent(identifier)}`,
    );
    return answer.json()['connected_account'] as Record<string, unknown>;
  }

  /** The API requests that reached the provider. */
  async providerRequests(): Promise<ProviderRequestSeen[]> {
    return (await send(`${this.sandboxUrl}/_control/requests`)).json()['requests'] as ProviderRequestSeen[];
  }

  async fault(fault: object): Promise<void> {
    const answer = await send(`${this.sandboxUrl}/_control/faults`, { method: 'POST', json: fault });
    if (answer.status !== 201) throw new Error(`The sandbox refused the fault: ${answer.text}`);
  }

  async clearFaults(): Promise<void> {
    await send(`${this.sandboxUrl}/_control/faults`, { method: 'DELETE' });
  }

  control(path: string, json: object): Promise<Answer> {
    return send(`${this.sandboxUrl}/_control/${path}`, { method: 'POST', json });
  }

  async teammates(): Promise<Teammate[]> {
    return (await send(`${this.sandboxUrl}/_control/teammates`)).json()['teammates'] as Teammate[];
  }

  async auditEvents(query = ''): Promise<Record<string, unknown>[]> {
    return (await this.get(`/api/v1/audit/events?page_size=500${query}`)).json()['events'] as Record<string, unknown>[];
  }
}

/** Once nobody listens there any more. */
export async function closed(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const listens = await Promise.race([once(socket, 'connect'), once(socket, 'close')]).then(
    () => socket.readyState === 'open',
    () => false,
  );
  socket.destroy();
  if (listens) await closed(url);
}

export interface Teammate {
  readonly id: string;
  readonly workspace_id: string;
  readonly has_inbox_seat: boolean;
}

export interface ProviderRequestSeen {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

function collectTokens(sandbox: FastifyInstance): string[] {
  const tokens: string[] = [];
  sandbox.addHook('onSend', async (_request, _reply, payload) => {
    const token = typeof payload === 'string' ? /"access_token":"([^"]+)"/.exec(payload)?.[1] : undefined;
    if (token !== undefined) tokens.push(token);
    return payload;
  });
  return tokens;
}
