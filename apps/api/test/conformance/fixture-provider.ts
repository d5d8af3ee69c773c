import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuthDouble } from '#app/testing';
import { answerOf } from './fixture-answers.js';

/** The service behind the fixture's connectors: real consent, real tokens, and an answer for each tool. */
export class FixtureProvider {
  /** Names of the tools in the order in which they were called here. */
  readonly calls: string[] = [];
  /** Told of each call before it is answered. */
  onCall: (tool: string) => Promise<void> = async () => undefined;

  private constructor(
    private readonly server: Server,
    readonly oauth: OAuthDouble,
  ) {}

  static async start(): Promise<FixtureProvider> {
    const server = createServer();
    const provider = new FixtureProvider(server, await OAuthDouble.start());
    server.on('request', (request, response) => void provider.answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return provider;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    await this.oauth.stop();
  }

  /** Both hosts, for the list of those that may be called. */
  get hosts(): string[] {
    return [this.host, this.oauth.host];
  }

  /** As a connection takes them. */
  get endpoints(): Record<string, string> {
    const { authorizeUrl, tokenUrl } = this.oauth.endpoints;
    return { authorize_url: authorizeUrl, token_url: tokenUrl, api_url: `http://${this.host}` };
  }

  private get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!this.oauth.issuedTokens.includes(token)) return json(response, 401, { message: 'Who are you?' });
    if (request.url === '/me')
      return json(response, 200, { id: '1', email: 'referee@example.com', workspace: { id: 'ws' } });
    const tool = /^\/tools\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '';
    const body = (await request.toArray()).join('');
    this.calls.push(tool);
    await this.onCall(tool);
    if (tool === 'test_error_handling')
      return json(response, 422, { message: 'This tool intentionally returns an error for testing' });
    const answer = answerOf(tool, body === '' ? {} : (JSON.parse(body) as Record<string, string>));
    return answer === null ? json(response, 404, { message: 'There is no such thing' }) : json(response, 200, answer);
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
