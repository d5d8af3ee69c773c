import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsentCodes } from './consent-codes.js';
import { Gate } from './gate.js';
import type { DoubleUser } from './oauth-double.js';
import { TokenFamilies, type RotationRules, type TokenPair } from './token-families.js';

export interface RotatingProviderOptions extends RotationRules {
  readonly clientId: string;
  readonly clientSecret: string;
  /** 0 for a free one. */
  readonly port: number;
  /** The provider's clock. */
  readonly now: () => number;
}

/** What the token endpoint does in the place of its work. `drop_*` cut the connection, and a gateway
 * in front answers: before, or after the token is redeemed. */
export type TokenFault =
  | 'bad_gateway'
  | 'bad_gateway_after'
  | 'drop_before'
  | 'drop_after'
  | 'hang'
  | 'html'
  | 'html_after'
  | 'invalid_client'
  | 'invalid_grant'
  | 'rate_limited'
  | 'redirect'
  | 'server_error';

/** One request to the API, and what came of it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly accessToken: string;
  readonly user: string | null;
  readonly accepted: boolean;
}

/** What may be changed while it runs: by assignment, or as JSON by `POST /control/settings`. */
export interface RotatingProviderSettings {
  /** How long the token endpoint takes, in milliseconds, drawn evenly between the two for each request. */
  tokenLatencyMs: readonly [number, number];
  /** Of every token request. */
  tokenFault: TokenFault | null;
  /** Of the next token requests, one each. They come before {@link tokenFault}. */
  nextTokenFaults: TokenFault[];
  /** Members that each token answer gets in addition, or in the place of its own; null takes one away. */
  tokenAnswer: Record<string, unknown>;
  /** Status with which every API request is refused. */
  apiFault: number | null;
}

const DEFAULTS: RotatingProviderOptions = {
  clientId: 'rotor-client',
  clientSecret: 'rotor-client-secret',
  port: 0,
  now: Date.now,
  rotates: true,
  graceMs: 0,
  endsAccessToken: false,
  accessTokenSeconds: 3600,
};

/**
 * An authorization server and API whose refresh tokens work once: who offers a spent one loses the whole authorization. It
 * counts what is done with each token. Its connector is `rotor` ({@link rotorConnector}).
 *
 * - `GET /authorize` consents at once, as {@link user} or as the user of the query's `login_hint`; PKCE S256
 * - `POST /token` for codes and refresh tokens, HTTP Basic; `POST /revoke` (RFC 7009)
 * - `GET /me`, `GET /things`, `POST /things` with a bearer token
 *
 * As a process of its own: `const provider = await RotatingProvider.start({ port })` in a file that ends with that; it listens
 * on 127.0.0.1 and keeps its tokens in memory. From outside, `GET /control/summary` answers {@link summary}, `POST
 * /control/settings` takes a part of {@link RotatingProviderSettings} and of {@link RotationRules}, and `POST
 * /control/expire` ends all access tokens.
 */
export class RotatingProvider {
  user: DoubleUser = { id: '2001', email: 'grace@example.com', workspace: 'ws_9' };
  readonly settings: RotatingProviderSettings = {
    tokenLatencyMs: [0, 0],
    tokenFault: null,
    nextTokenFaults: [],
    tokenAnswer: {},
    apiFault: null,
  };
  readonly tokens: TokenFamilies;
  readonly redirectUris: Set<string>;
  readonly apiRequests: ApiRequest[] = [];
  readonly things: string[] = [];
  /** Tokens that were given up at `/revoke`. */
  readonly revoked: string[] = [];
  /** Requests to redeem a refresh token that arrived. */
  refreshRequests = 0;
  /** Held requests wait: those at `beforeRedeem` have redeemed nothing yet, those at `beforeAnswer` have. */
  readonly beforeRedeem = new Gate();
  readonly beforeAnswer = new Gate();
  /** Holds API requests once their token was looked at. */
  readonly beforeApiAnswer = new Gate();
  private readonly codes = new ConsentCodes();

  private constructor(
    private readonly server: Server,
    readonly options: RotatingProviderOptions,
  ) {
    this.tokens = new TokenFamilies(options.now, options);
    this.redirectUris = this.codes.redirectUris;
  }

  static async start(options: Partial<RotatingProviderOptions> = {}): Promise<RotatingProvider> {
    const server = createServer();
    const provider = new RotatingProvider(server, { ...DEFAULTS, ...options });
    server.on('request', (request, response) => void provider.answer(request, response));
    server.listen(provider.options.port, '127.0.0.1');
    await once(server, 'listening');
    return provider;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  get endpoints(): { authorizeUrl: string; tokenUrl: string; apiUrl: string; revokeUrl: string } {
    const { url } = this;
    return { authorizeUrl: `${url}/authorize`, tokenUrl: `${url}/token`, apiUrl: url, revokeUrl: `${url}/revoke` };
  }

  /** What `GET /authorize` comes to: the URL that the browser is sent to. */
  authorize(url: URL): URL {
    const hint = url.searchParams.get('login_hint');
    const user = hint === null ? this.user : { ...this.user, id: hint, email: `${hint}@example.com` };
    return this.codes.issue(url, this.options.clientId, user);
  }

  /** What became of every token. A refresh token is redeemed once at most, unless `mostRedemptions` says otherwise. */
  summary() {
    const refreshTokens = [...this.tokens.refreshTokens.values()];
    const most = (counts: number[]): number => counts.reduce((max, count) => Math.max(max, count), 0);
    return {
      families: this.tokens.families.length,
      killedByReuse: this.tokens.families.filter(({ dead }) => dead === 'reuse').length,
      reuses: this.tokens.reuses,
      refreshRequests: this.refreshRequests,
      redemptions: refreshTokens.reduce((sum, { redeemed }) => sum + redeemed, 0),
      mostRedemptions: most(refreshTokens.map(({ redeemed }) => redeemed)),
      mostPresentations: most(refreshTokens.map(({ presented }) => presented)),
      apiRequests: this.apiRequests.length,
      apiRefusals: this.apiRequests.filter(({ accepted }) => !accepted).length,
    };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await bodyOf(request);
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /authorize':
        return void response.writeHead(302, { location: this.authorize(url).href }).end();
      case 'POST /token':
        return this.answerToken(request, response, new URLSearchParams(body));
      case 'POST /revoke':
        return this.answerRevoke(request, response, new URLSearchParams(body));
      case 'GET /control/summary':
        return json(response, 200, this.summary());
      case 'POST /control/settings':
        this.change(JSON.parse(body) as object);
        return json(response, 200, {});
      case 'POST /control/expire':
        this.tokens.expireAccessTokens();
        return json(response, 200, {});
      default:
        return this.answerApi(request, response, url, body);
    }
  }

  private change(changes: object): void {
    for (const [name, value] of Object.entries(changes)) {
      if (name in this.settings) Object.assign(this.settings, { [name]: value });
      else this.tokens.rules = { ...this.tokens.rules, [name]: value as never };
    }
  }

  private async answerToken(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): Promise<void> {
    const refresh = form.get('grant_type') === 'refresh_token';
    if (refresh) this.refreshRequests += 1;
    const fault = refresh ? (this.settings.nextTokenFaults.shift() ?? this.settings.tokenFault) : null;
    await this.wait(refresh);
    if (fault !== null && !fault.endsWith('_after')) return failToken(response, fault);
    if (!this.isClient(request)) return json(response, 401, { error: 'invalid_client' });
    const pair = refresh ? this.tokens.redeem(form.get('refresh_token') ?? '') : this.exchange(form);
    if (refresh) await this.beforeAnswer.pass();
    if (fault !== null) return failToken(response, fault);
    if (pair === null) return json(response, 400, { error: 'invalid_grant' });
    json(response, 200, this.tokenAnswer(pair));
  }

  private async wait(refresh: boolean): Promise<void> {
    const [least, most] = this.settings.tokenLatencyMs;
    const latency = least + Math.random() * (most - least);
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
    if (refresh) await this.beforeRedeem.pass();
  }

  private exchange(form: URLSearchParams): TokenPair | null {
    const user = this.codes.redeem(form);
    return user === null ? null : this.tokens.consent(user);
  }

  private tokenAnswer({ accessToken, refreshToken }: TokenPair): object {
    const answer = {
      access_token: accessToken,
      token_type: 'Bearer',
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      expires_in: this.tokens.rules.accessTokenSeconds,
      scope: 'things:read things:write',
      ...this.settings.tokenAnswer,
    };
    return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null));
  }

  private answerRevoke(request: IncomingMessage, response: ServerResponse, form: URLSearchParams): void {
    if (!this.isClient(request)) return json(response, 401, { error: 'invalid_client' });
    const token = form.get('token') ?? '';
    this.revoked.push(token);
    this.tokens.revoke(token);
    return json(response, 200, {});
  }

  private isClient({ headers }: IncomingMessage): boolean {
    const { clientId, clientSecret } = this.options;
    return headers.authorization === `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  private async answerApi(request: IncomingMessage, response: ServerResponse, url: URL, body: string): Promise<void> {
    const accessToken = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const user = this.tokens.owner(accessToken);
    const { method = '' } = request;
    const accepted = user !== null;
    this.apiRequests.push({ method, path: url.pathname, body, accessToken, user: user?.id ?? null, accepted });
    await this.beforeApiAnswer.pass();
    if (this.settings.apiFault !== null) return json(response, this.settings.apiFault, { error: 'fault' });
    if (user === null) return json(response, 401, { error: 'invalid_token' });
    if (url.pathname === '/me')
      return json(response, 200, { id: user.id, email: user.email, workspace: { id: user.workspace } });
    if (url.pathname !== '/things') return json(response, 404, { error: 'not_found' });
    if (method === 'POST') this.things.push(String((JSON.parse(body) as { name?: unknown }).name));
    return json(response, 200, { user: user.id, things: this.things.length });
  }
}

const REFUSALS: Partial<Record<TokenFault, { status: number; body: string; headers?: Record<string, string> }>> = {
  bad_gateway: { status: 502, body: '<html><body>Bad gateway</body></html>' },
  bad_gateway_after: { status: 502, body: '<html><body>Bad gateway</body></html>' },
  html: { status: 200, body: '<html><body>Back in a minute</body></html>' },
  html_after: { status: 200, body: '<html><body>Back in a minute</body></html>' },
  invalid_client: { status: 401, body: '{"error":"invalid_client"}' },
  invalid_grant: { status: 400, body: '{"error":"invalid_grant"}' },
  rate_limited: { status: 429, body: '{"error":"slow_down"}', headers: { 'retry-after': '120' } },
  redirect: { status: 307, body: '', headers: { location: 'https://elsewhere.example/token' } },
  server_error: { status: 500, body: '{"error":"server_error"}' },
};

function failToken(response: ServerResponse, fault: TokenFault): void {
  if (fault === 'hang') return;
  const refusal = REFUSALS[fault];
  if (refusal === undefined) return void response.destroy();
  response.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers }).end(refusal.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
