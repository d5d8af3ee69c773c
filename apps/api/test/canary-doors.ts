import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromJson, toBinary, type DescMethod, type JsonValue } from '@bufbuild/protobuf';
import { ConnectedAccountService } from '../src/rpc/generated/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { ToolService } from '../src/rpc/generated/scalekit/v1/tools/tools_pb.js';
import { Browser, send, type Answer, type Call } from '../../demo/src/http.js';
import { META, MODERN } from './mcp-clients.js';
import { McpClientApp, passcodeIn, toldTo, type Tokens } from './mcp-client-app.js';
import type { ServerProcess } from './server-process.js';

export interface Keeping {
  /** An answer as it came over the wire, and in a word what it was. */
  answer(what: string, text: string): void;
  secret(name: string, text: string): void;
}

/** The doors beside REST, as their callers use them. Everything that is answered is kept, headers and trailers included. */
export class CanaryDoors {
  constructor(
    private readonly server: ServerProcess,
    private readonly keeping: Keeping,
  ) {}

  /** A tool call as an MCP client of 2026 writes it. */
  async mcp(token: string, name: string, args: object = {}): Promise<void> {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    };
    const params = { name, arguments: args, _meta: META };
    const json = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const answer = await send(`${this.server.url}/rotor`, { method: 'POST', json, headers });
    const failed = answer.status !== 200 || answer.text.includes('"isError":true');
    this.keeping.answer(`mcp ${answer.status} ${failed ? 'failure' : 'success'}`, written(answer));
  }

  async proxy(token: string, path: string, identifier: string, call: Call = {}): Promise<void> {
    const headers = { authorization: `Bearer ${token}`, connection_name: 'rotor', identifier, ...call.headers };
    const answer = await send(`${this.server.url}/proxy${path}`, { ...call, headers });
    this.keeping.answer(`proxy ${answer.status}`, written(answer));
  }

  execute(token: string, identifier: string, params: object = {}): Promise<void> {
    const ask = { tool_name: 'rotor_things_get', connector: 'rotor', identifier, params };
    return this.rpc(ToolService.method.executeTool, token, ask);
  }

  /** Asks for the user's own token, and for what a listing says of it. */
  async accounts(token: string, identifier: string): Promise<void> {
    const { getConnectedAccountAuth, listConnectedAccounts } = ConnectedAccountService.method;
    await this.rpc(getConnectedAccountAuth, token, { connector: 'rotor', identifier });
    await this.rpc(listConnectedAccounts, token, {});
  }

  private async rpc(method: DescMethod, token: string, ask: object): Promise<void> {
    const message = toBinary(method.input, fromJson(method.input, ask as JsonValue));
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const session = connect(this.server.url);
    const stream = session.request({
      ':method': 'POST',
      ':path': `/${method.parent.typeName}/${method.name}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${token}`,
    });
    let headers: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    stream.on('response', (came) => (headers = came)).on('trailers', (came) => (trailers = came));
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk)).end(Buffer.concat([prefix, message]));
    await once(stream, 'close');
    session.close();
    // What is refused before there is an answer has no trailers of its own
    const { 'grpc-status': status } = { ...headers, ...trailers };
    const body = Buffer.concat(chunks).toString('latin1');
    this.keeping.answer(`grpc ${String(status)}`, `${JSON.stringify(headers)}\n${body}\n${JSON.stringify(trailers)}`);
  }

  /** A user signs in and allows an application, whose tokens are refreshed, used again and ended. Returns a token that stands. */
  async application(user: string): Promise<string> {
    const app = await McpClientApp.start(this.server.url);
    await app.register();
    const browser = new Browser();
    const refused = await this.allow(app, browser, user);
    this.refused(await app.exchange(refused, { code_verifier: 'x'.repeat(43) }));
    const code = await this.allow(app, browser, user);
    this.keeping.secret('code of an application', code);
    this.keeping.secret('verifier of an application', app.verifier);
    const first = this.tokensIn(await app.exchange(code), 'first');
    const second = this.tokensIn(await app.refresh(first.refresh_token), 'second');
    this.refused(await app.refresh(first.refresh_token));
    await app.stop();
    return second.access_token;
  }

  private async allow(app: McpClientApp, browser: Browser, user: string): Promise<string> {
    const url = app.authorizeUrl(`${this.server.url}/rotor`);
    const at = await browser.open(url);
    if (at.page.text.includes('<title>Sign in</title>')) {
      const asked = await browser.press(at, { decision: 'send', identifier: user });
      await browser.press(asked, { decision: 'code', identifier: user, code: await this.passcode() });
    }
    const opened = await app.allow(browser, url, user, () => '');
    this.keeping.answer('page of an application', written(opened.page));
    return toldTo(opened)['code'] ?? '';
  }

  /** What the process has printed takes a moment to get here. */
  private async passcode(): Promise<string> {
    for (;;) {
      const code = passcodeIn(this.server.text.split('\n'));
      if (code !== '') return code;
      await sleep(20);
    }
  }

  private refused(answer: Answer): void {
    this.keeping.answer(`application ${answer.status}`, written(answer));
  }

  private tokensIn(answer: Answer, which: string): Tokens {
    if (answer.status !== 200) throw new Error(`The application got no tokens: ${answer.text}`);
    const tokens = answer.json() as unknown as Tokens;
    this.keeping.secret(`${which} access token of an application`, tokens.access_token.split('.')[2] ?? '');
    this.keeping.secret(`${which} refresh token of an application`, tokens.refresh_token);
    return tokens;
  }
}

export const written = ({ status, headers, text }: Answer): string => `${status} ${JSON.stringify(headers)}\n${text}`;
