import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Browser, send, type Answer, type Opened } from '../../demo/src/http.js';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly id_token?: string;
}

/** What a client may get wrong. Null leaves a parameter out. */
export type Changes = Readonly<Record<string, string | null>>;

/** An MCP client as the OAuth server sees one: it registers, sends a browser, and exchanges the code. */
export class McpClientApp {
  readonly verifier = randomBytes(32).toString('base64url');
  clientId = '';

  private constructor(
    readonly base: string,
    private readonly callbacks: Server,
  ) {}

  static async start(base: string): Promise<McpClientApp> {
    const callbacks = createServer((_request, response) => response.end('back at the application'));
    await new Promise<void>((resolve) => callbacks.listen(0, '127.0.0.1', resolve));
    return new McpClientApp(base, callbacks);
  }

  get redirectUri(): string {
    return `http://127.0.0.1:${(this.callbacks.address() as AddressInfo).port}/callback`;
  }

  stop(): Promise<unknown> {
    return new Promise((resolve) => this.callbacks.close(resolve));
  }

  async register(body: object = {}): Promise<Answer> {
    const json = { client_name: 'Test Agent', redirect_uris: [this.redirectUri], ...body };
    const answer = await send(`${this.base}/oauth2/register`, { method: 'POST', json });
    if (answer.status === 201) this.clientId = String(answer.json()['client_id']);
    return answer;
  }

  authorizeUrl(resource: string, changes: Changes = {}): string {
    const params: Record<string, string | null> = {
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      response_type: 'code',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'state-of-the-client',
      scope: 'mcp:read offline_access',
      resource,
      ...changes,
    };
    const given = Object.entries(params).filter((each): each is [string, string] => each[1] !== null);
    return `${this.base}/oauth2/authorize?${new URLSearchParams(given).toString()}`;
  }

  /** Signs in with a code from the log, unless the browser's session is good, and presses Allow. */
  async allow(browser: Browser, url: string, user: string, codeInLog: () => string): Promise<Opened> {
    let at = await browser.open(url);
    if (at.page.text.includes('<title>Sign in</title>')) at = await signInAt(browser, at, user, codeInLog);
    return at.page.text.includes('value="allow"') ? browser.press(at, { decision: 'allow' }) : at;
  }

  exchange(code: string, changes: Changes = {}): Promise<Answer> {
    return this.token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.redirectUri,
      code_verifier: this.verifier,
      ...changes,
    });
  }

  refresh(refreshToken: string, changes: Changes = {}): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...changes });
  }

  token(changes: Changes): Promise<Answer> {
    const given = Object.entries({ client_id: this.clientId, ...changes });
    const form = Object.fromEntries(given.filter((each): each is [string, string] => each[1] !== null));
    return send(`${this.base}/oauth2/token`, { method: 'POST', form });
  }
}

/** Signs in at a page that asks who it is, with a code from the log. */
export async function signInAt(browser: Browser, at: Opened, user: string, codeInLog: () => string): Promise<Opened> {
  const asked = await browser.press(at, { decision: 'send', identifier: user });
  return browser.press(asked, { decision: 'code', identifier: user, code: codeInLog() });
}

/** The newest code in the log. */
export const passcodeIn = (log: readonly string[]): string =>
  /Passcode for the sign-in of [^:]*: (\d{6})/.exec(log.findLast((line) => line.includes('Passcode')) ?? '')?.[1] ?? '';

/** What the server told the application in the address of its callback. */
export const toldTo = ({ url }: Opened): Record<string, string> => Object.fromEntries(new URL(url).searchParams);
