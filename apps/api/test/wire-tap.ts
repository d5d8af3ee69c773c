import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';

/**
 * What it does in the place of passing a request on. The echoes give back whatever secrets the request brought; `refuse` is the
 * user's no at the consent page.
 */
export type TapFault = 'echo' | 'echo_error' | 'echo_header' | 'hang' | 'reset' | 'html' | 'refuse';

/**
 * Stands between the gateway and a provider, and writes down every secret that passes: access and refresh tokens, codes, PKCE
 * verifiers, client secrets.
 */
export class WireTap {
  readonly secrets = new Map<string, string>();
  /** Of the next requests whose path begins so, one each. */
  private readonly faults: { path: string; fault: TapFault }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<WireTap> {
    const server = createServer();
    const tap = new WireTap(server, target);
    server.on('request', (incoming, outgoing) => void tap.pass(incoming, outgoing).catch(() => outgoing.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return tap;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  failNext(path: string, fault: TapFault): void {
    this.faults.push({ path, fault });
  }

  /** Faults that no request came for. */
  forgetFaults(): void {
    this.faults.length = 0;
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await textOf(incoming);
    const { authorization = '', 'content-type': type = '' } = incoming.headers;
    this.noteRequest(authorization, body);
    const at = this.faults.findIndex(({ path }) => incoming.url?.startsWith(path));
    const fault = at === -1 ? undefined : this.faults.splice(at, 1)[0]?.fault;
    if (fault === 'refuse') return refuse(new URL(`${this.target}${incoming.url}`), outgoing);
    if (fault !== undefined) return misbehave(fault, `${authorization} ${body}`, outgoing);
    const answer = await request(`${this.target}${incoming.url}`, {
      method: incoming.method as 'GET',
      headers: { authorization, 'content-type': type, accept: 'application/json' },
      body: body === '' ? null : body,
    });
    const text = await answer.body.text();
    this.noteAnswer(text);
    outgoing
      .writeHead(answer.statusCode, {
        'content-type': 'application/json',
        location: String(answer.headers['location'] ?? ''),
      })
      .end(text);
  }

  private noteRequest(authorization: string, body: string): void {
    const [scheme, credential = ''] = authorization.split(' ');
    if (scheme === 'Bearer') this.note('access_token', credential);
    if (scheme === 'Basic')
      this.note('client secret', Buffer.from(credential, 'base64').toString().split(':')[1] ?? '');
    const form = new URLSearchParams(body);
    for (const name of ['code', 'code_verifier', 'refresh_token', 'token']) this.note(name, form.get(name) ?? '');
  }

  private noteAnswer(text: string): void {
    for (const [, name, value] of text.matchAll(/"(access_token|refresh_token)":"([^"]+)"/g))
      this.note(name as string, value as string);
  }

  private note(name: string, value: string): void {
    if (value === '' || [...this.secrets.values()].includes(value)) return;
    this.secrets.set(`${name} ${this.secrets.size + 1}`, value);
  }
}

function refuse({ searchParams }: URL, outgoing: ServerResponse): void {
  const back = new URL(searchParams.get('redirect_uri') ?? '');
  back.searchParams.set('error', 'access_denied');
  back.searchParams.set('state', searchParams.get('state') ?? '');
  outgoing.writeHead(302, { location: back.href }).end();
}

function misbehave(fault: TapFault, secrets: string, outgoing: ServerResponse): void {
  if (fault === 'hang') return;
  if (fault === 'reset') return void outgoing.destroy();
  const status = fault === 'echo_error' || fault === 'html' ? 500 : 200;
  const header = fault === 'echo_header' ? { 'x-seen': secrets, 'x-request-id': secrets } : {};
  const body =
    fault === 'html'
      ? `<html><body>Error: ${secrets}</body></html>`
      : JSON.stringify({ error: secrets, user: secrets, things: secrets, message: `bad ${secrets}` });
  outgoing
    .writeHead(status, { 'content-type': fault === 'html' ? 'text/html' : 'application/json', ...header })
    .end(body);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
