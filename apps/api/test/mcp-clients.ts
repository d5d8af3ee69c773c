import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { send, type Answer } from '../../demo/src/http.js';
import type { Harness } from './harness.js';

export const MODERN = '2026-07-28';
export const OLD = '2025-11-25';

export interface TextResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Record<string, unknown>;
}

export interface ClientOptions {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  /** What the client does when it is asked to send its user to a URL; a client without it says that it can't. */
  readonly onUrl?: (url: string) => Promise<'accept' | 'decline'>;
}

/** The official clients of both generations, and requests as they write them, against one application. */
export class McpClients {
  private readonly closers: (() => Promise<unknown>)[] = [];

  constructor(private readonly gate: Harness) {}

  get url(): string {
    return `${this.gate.url}/intercom`;
  }

  async token(identifier: string, more: object = {}, resource?: string, by?: string): Promise<string> {
    const id = resource ?? (await this.connectionId());
    const made = await this.gate.request('POST', `/api/v1/mcp/configs/${id}/tokens`, { identifier, ...more }, by);
    if (made.status !== 201) throw new Error(made.text);
    return String(made.json()['access_token']);
  }

  async connectionId(): Promise<string> {
    const list = (await this.gate.get('/api/v1/connections')).json()['connections'] as { id: string }[];
    return list[0]?.id ?? '';
  }

  async modern(token: string, { url = this.url, headers = {}, onUrl }: ClientOptions = {}): Promise<Client> {
    const capabilities = onUrl === undefined ? {} : { elicitation: { url: {} } };
    const client = new Client({ name: 'modern', version: '1' }, { capabilities, versionNegotiation: { mode: 'auto' } });
    if (onUrl !== undefined)
      client.setRequestHandler('elicitation/create', async ({ params }) => ({
        action: await onUrl('url' in params ? params.url : ''),
      }));
    await client.connect(new StreamableHTTPClientTransport(new URL(url), headersOf(token, headers)));
    this.closers.push(() => client.close());
    return client;
  }

  async old(token: string, { url = this.url, headers = {} }: ClientOptions = {}): Promise<OldClient> {
    const client = new OldClient({ name: 'old', version: '1' });
    await client.connect(new OldTransport(new URL(url), headersOf(token, headers)));
    this.closers.push(() => client.close());
    return client;
  }

  /** One request as a client of 2026 writes it, changed by `more`. */
  raw(token: string | null, method: string, params: object = {}, more: RawChanges = {}): Promise<Answer> {
    const { name } = params as { name?: unknown };
    const given: Record<string, string | null> = {
      authorization: token === null ? null : `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': MODERN,
      'mcp-method': method,
      'mcp-name': typeof name === 'string' ? name : null,
      ...more.headers,
    };
    const headers = Object.fromEntries(Object.entries(given).filter((each): each is [string, string] => !!each[1]));
    const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: more.meta ?? META } };
    return send(more.url ?? this.url, { method: 'POST', raw: more.body ?? JSON.stringify(body), headers });
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0)) await close();
  }
}

export interface RawChanges {
  readonly url?: string;
  readonly headers?: Record<string, string | null>;
  readonly meta?: object;
  readonly body?: string;
}

export const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
};

const headersOf = (token: string, more: Record<string, string>) => ({
  requestInit: { headers: { authorization: `Bearer ${token}`, ...more } },
});

export const call = async (
  client: Client | OldClient,
  name: string,
  args: Record<string, unknown> = {},
): Promise<TextResult> => (await client.callTool({ name, arguments: args })) as TextResult;

export const textOf = ({ content }: TextResult): string => content.map(({ text }) => text).join('\n');

/** The data of a result: what stands last, after the notice whose words they are. */
export const dataOf = ({ content }: TextResult): Record<string, unknown> =>
  JSON.parse(content.at(-1)?.text ?? '') as Record<string, unknown>;

export const errorOf = (answer: Answer): { code: number; message: string; data?: Record<string, unknown> } =>
  answer.json()['error'] as { code: number; message: string };

/** The result in an answer, which may have come as an event. */
export function resultOf({ text }: Answer): Record<string, unknown> {
  const json = text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? 'null');
  return (JSON.parse(json) as { result: Record<string, unknown> }).result;
}
