import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, StreamableHTTPClientTransport, type FetchLike } from '@modelcontextprotocol/client';
import type { ErrorCode, JsonObject } from '#app/kernel';
import * as undici from 'undici';
import type { ClientName } from './client-name.js';
import type { Door, DoorAnswer, Method } from './door-case.js';
import type { Stage } from './stage.js';

/** Everything else about a call is settled by the URL and the token. */
const TOLD_BY_CALLER = ['tool_name', 'identifier', 'params', 'connector'];

/** The same as the global one. */
const send = undici.fetch as unknown as FetchLike;

interface Result {
  readonly isError?: boolean;
  readonly content: readonly { readonly text?: string }[];
}

/** Through the official client, with a token of the user whom the case names. */
export class McpDoor implements Door {
  readonly name = 'mcp';
  private readonly sessions = new Map<string, Promise<Client>>();
  /** Where a call under way keeps the id that its answer names. */
  private readonly underWay = new AsyncLocalStorage<{ requestId: string }>();

  constructor(
    private readonly stage: Stage,
    private readonly connectionId: string,
  ) {}

  serves(method: Method, ask: JsonObject): boolean {
    const { identifier, connector = 'intercom' } = ask;
    const sayable = Object.keys(ask).every((name) => TOLD_BY_CALLER.includes(name));
    return method === 'executeTool' && sayable && identifier !== undefined && connector === 'intercom';
  }

  async ask(_method: Method, ask: JsonObject, client: ClientName): Promise<DoorAnswer> {
    const session = await this.sessionOf(ask['identifier'] as string, client);
    const call = { name: ask['tool_name'] as string, arguments: (ask['params'] ?? {}) as JsonObject };
    const seen = { requestId: '' };
    const result = (await this.underWay.run(seen, () => session.callTool(call))) as Result;
    return { ...seen, ...answerOf(result) };
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).close();
  }

  private sessionOf(identifier: string, client: ClientName): Promise<Client> {
    const key = `${client} ${identifier}`;
    const session = this.sessions.get(key) ?? this.open(identifier, client);
    this.sessions.set(key, session);
    return session;
  }

  private async open(identifier: string, name: ClientName): Promise<Client> {
    const { gate } = this.stage;
    const path = `/api/v1/mcp/configs/${this.connectionId}/tokens`;
    const made = await gate.request('POST', path, { identifier }, this.stage.tokenOf(name) ?? '');
    if (made.status !== 201) throw new Error(made.text);
    const client = new Client({ name: 'doors', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const headers = { authorization: `Bearer ${String(made.json()['access_token'])}` };
    const transport = new StreamableHTTPClientTransport(new URL(`${gate.url}/intercom`), {
      requestInit: { headers },
      fetch: async (url, init) => {
        const answer = await send(url, init);
        const seen = this.underWay.getStore();
        if (seen !== undefined) seen.requestId = answer.headers.get('x-request-id') ?? '';
        return answer;
      },
    });
    await client.connect(transport);
    return client;
  }
}

/** What models read: the message, a line for each field, what to do next, and the code at the end. */
function answerOf({ isError, content }: Result): Pick<DoorAnswer, 'result' | 'refusal'> {
  const text = content.at(-1)?.text ?? '';
  if (isError !== true) return { result: { data: JSON.parse(text) as JsonObject }, refusal: null };
  const code = /\((\w+)(?:, exe_\w+)?\)$/.exec(text)?.[1] as ErrorCode | undefined;
  // an account that is to be connected is not told as an error, but as a link to show
  if (code === undefined) return { result: null, refusal: { codes: [], message: null, fields: null } };
  const lines = text.split('\n');
  const fields = lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(2).split(': ', 1)[0] ?? '');
  const refusal = {
    codes: [code],
    message: lines[0] ?? null,
    fields: fields.length === 0 ? ('in the message' as const) : fields,
  };
  return { result: null, refusal };
}
