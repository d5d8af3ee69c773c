import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Who consents next, and what `/me` then says. */
export interface DoubleUser {
  readonly id: string;
  readonly email: string;
  readonly workspace: string;
}

export interface OAuthDoubleOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuth: 'body' | 'basic';
  readonly pkce: boolean;
}

/** What the token endpoint or `/me` does instead of its work. */
export type DoubleFailure =
  /** Never answers. */
  | 'hang'
  /** 500 with JSON. */
  | 'server_error'
  /** 200 with a page. */
  | 'html'
  /** 302 to another host. */
  | 'redirect'
  /** 200 without what it is for: no token, or no id. */
  | 'empty'
  /** 400 `invalid_grant`. */
  | 'invalid_grant'
  /** 401 `invalid_client`. */
  | 'invalid_client'
  /** 403. */
  | 'forbidden';

interface Code {
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly user: DoubleUser;
}

const DEFAULTS: OAuthDoubleOptions = {
  clientId: 'toy-client',
  clientSecret: 'toy-client-secret',
  clientAuth: 'basic',
  pkce: true,
};

/**
 * A strict authorization server with an API of one path: exact redirect URIs, PKCE S256, codes that work once, client
 * authentication in one place only. It consents by itself, as `user`, unless `refusal` says otherwise.
 */
export class OAuthDouble {
  user: DoubleUser = { id: '1001', email: 'ada@example.com', workspace: 'ws_1' };
  /** The error with which the next consents end. */
  refusal: string | null = null;
  tokenFailure: DoubleFailure | null = null;
  identityFailure: DoubleFailure | null = null;
  /** Sent along with the code (RFC 9207). */
  issuer: string | null = null;
  /** What users grant, whatever they are asked for; null leaves it out of the token answer. */
  grantedScope: string | null = 'things:read';
  /** Codes that were offered to the token endpoint, right or wrong. */
  readonly offeredCodes: string[] = [];
  readonly issuedTokens: string[] = [];
  readonly refreshTokens: string[] = [];
  /** What was sent to be revoked, in the order of arrival. */
  readonly revokeRequests: { readonly token: string; readonly hint: string | null }[] = [];
  /** How the next revocations are answered instead of as they should. */
  readonly revokeAnswers: ('hang' | [status: number, headers?: Record<string, string>])[] = [];
  readonly redirectUris = new Set<string>();
  private readonly codes = new Map<string, Code>();
  private readonly owners = new Map<string, DoubleUser>();

  private constructor(
    private readonly server: Server,
    readonly options: OAuthDoubleOptions,
  ) {}

  static async start(options: Partial<OAuthDoubleOptions> = {}): Promise<OAuthDouble> {
    const server = createServer();
    const double = new OAuthDouble(server, { ...DEFAULTS, ...options });
    server.on('request', (request, response) => void double.answer(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return double;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
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

  /** What `GET /authorize` comes to: the URL that the browser is sent to. Throws what a strict server would show as an error. */
  authorize(url: URL): URL {
    const query = url.searchParams;
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.options.clientId) throw new Error('unknown client_id');
    if (!this.redirectUris.has(redirectUri)) throw new Error(`redirect_uri ${redirectUri} is not registered`);
    if (query.get('response_type') !== 'code') throw new Error('response_type is not code');
    const challenge = query.get('code_challenge');
    if (this.options.pkce && (challenge === null || query.get('code_challenge_method') !== 'S256'))
      throw new Error('PKCE S256 is required');
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.issuer !== null) back.searchParams.set('iss', this.issuer);
    if (this.refusal === null)
      back.searchParams.set('code', this.issueCode({ redirectUri, challenge, user: this.user }));
    else back.searchParams.set('error', this.refusal);
    return back;
  }

  private issueCode(code: Code): string {
    const text = `code-${randomBytes(18).toString('base64url')}=`;
    this.codes.set(text, code);
    return text;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const path = `${request.method} ${url.pathname}`;
    if (path === 'GET /authorize') return this.answerAuthorize(url, response);
    if (path === 'POST /token') return this.answerToken(request, response);
    if (path === 'POST /revoke') return this.answerRevoke(request, response);
    if (path === 'GET /me') return this.answerMe(request, response);
    return json(response, 404, { error: 'not_found' });
  }

  private answerAuthorize(url: URL, response: ServerResponse): void {
    try {
      response.writeHead(302, { location: this.authorize(url).href }).end();
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
    }
  }

  private async answerToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    this.offeredCodes.push(form.get('code') ?? '');
    if (this.tokenFailure !== null) return fail(response, this.tokenFailure);
    if (!this.isClient(request, form)) return json(response, 401, { error: 'invalid_client' });
    const user = this.redeem(form);
    if (user === null)
      return json(response, 400, { error: 'invalid_grant', error_description: 'the code is not good' });
    const token = `at-${randomBytes(24).toString('base64url')}`;
    const refreshToken = `rt-${randomBytes(24).toString('base64url')}`;
    this.owners.set(token, user);
    this.issuedTokens.push(token);
    this.refreshTokens.push(refreshToken);
    const { grantedScope: scope } = this;
    return json(response, 200, {
      access_token: token,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: 3600,
      ...(scope === null ? {} : { scope }),
    });
  }

  /** RFC 7009; and, with the token in the header alone, an uninstall that ends every token of the user's workspace. */
  private async answerRevoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = bearer ?? form.get('token') ?? '';
    this.revokeRequests.push({ token, hint: form.get('token_type_hint') });
    const planned = this.revokeAnswers.shift();
    if (planned !== undefined) return planned === 'hang' ? undefined : void response.writeHead(...planned).end();
    if (bearer !== undefined) return this.uninstall(bearer, response);
    if (!this.isClient(request, form)) return json(response, 401, { error: 'invalid_client' });
    this.owners.delete(token);
    const index = this.refreshTokens.indexOf(token);
    if (index >= 0) this.owners.delete(this.issuedTokens[index] ?? '');
    return json(response, 200, {});
  }

  private uninstall(token: string, response: ServerResponse): void {
    const workspace = this.owners.get(token)?.workspace;
    if (workspace === undefined) return json(response, 401, { error: 'invalid_token' });
    for (const [each, owner] of this.owners) if (owner.workspace === workspace) this.owners.delete(each);
    return json(response, 200, {});
  }

  private isClient(request: IncomingMessage, form: URLSearchParams): boolean {
    const { clientId, clientSecret, clientAuth } = this.options;
    const inBody = form.has('client_secret') || form.has('client_id');
    const { authorization } = request.headers;
    if (clientAuth === 'body')
      return (
        authorization === undefined && form.get('client_id') === clientId && form.get('client_secret') === clientSecret
      );
    return !inBody && authorization === `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  private redeem(form: URLSearchParams): DoubleUser | null {
    const text = form.get('code') ?? '';
    const code = this.codes.get(text);
    this.codes.delete(text);
    const exact = code?.redirectUri === form.get('redirect_uri') && form.get('grant_type') === 'authorization_code';
    if (code === undefined || !exact) return null;
    return code.challenge === null || matches(code.challenge, form.get('code_verifier') ?? '') ? code.user : null;
  }

  private answerMe(request: IncomingMessage, response: ServerResponse): void {
    if (this.identityFailure !== null) return fail(response, this.identityFailure);
    const user = this.owners.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (user === undefined) return json(response, 401, { error: 'invalid_token' });
    return json(response, 200, { id: user.id, email: user.email, workspace: { id: user.workspace } });
  }
}

function matches(challenge: string, verifier: string): boolean {
  const actual = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  const expected = Buffer.from(challenge);
  return verifier.length >= 43 && actual.length === expected.length && timingSafeEqual(actual, expected);
}

const ANSWERS: Record<Exclude<DoubleFailure, 'hang'>, { status: number; type: string; body: string }> = {
  server_error: { status: 500, type: 'application/json', body: '{"error":"server_error"}' },
  html: { status: 200, type: 'text/html', body: '<html><body>Please try again later</body></html>' },
  redirect: { status: 302, type: 'text/plain', body: '' },
  empty: { status: 200, type: 'application/json', body: '{}' },
  invalid_grant: { status: 400, type: 'application/json', body: '{"error":"invalid_grant"}' },
  invalid_client: { status: 401, type: 'application/json', body: '{"error":"invalid_client"}' },
  forbidden: { status: 403, type: 'application/json', body: '{"error":"forbidden"}' },
};

function fail(response: ServerResponse, failure: DoubleFailure): void {
  if (failure === 'hang') return;
  const { status, type, body } = ANSWERS[failure];
  response.writeHead(status, {
    'content-type': type,
    ...(status === 302 ? { location: 'https://elsewhere.example/' } : {}),
  });
  response.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
