import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface OfferedTool {
  readonly name?: string;
  readonly type?: string;
  readonly tools?: readonly OfferedTool[];
  readonly functionDeclarations?: readonly OfferedTool[];
}

type ModelEvent = Readonly<Record<string, unknown>> & { readonly type?: string };

interface Turn {
  readonly tools?: readonly OfferedTool[];
  /** Of Claude Code. */
  readonly messages?: readonly { readonly content: unknown }[];
  /** Of Codex. */
  readonly input?: readonly { readonly type: string; readonly output?: unknown }[];
  /** Of Gemini CLI. */
  readonly contents?: readonly { readonly parts: readonly { readonly functionResponse?: unknown }[] }[];
}

/** A model that calls one tool and then says that it has: what is tried out is the agent around it. */
export class ScriptedModel {
  /** What the agent gave back of the tool, as JSON. */
  readonly results: string[] = [];

  private constructor(
    readonly url: string,
    private tool: string,
    private given: string,
    readonly close: () => Promise<void>,
  ) {}

  /** @param given what it calls the tool with */
  static async start(tool: string, given: object): Promise<ScriptedModel> {
    const server = createServer((request, response) => void handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const model = new ScriptedModel(url, tool, JSON.stringify(given), async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const body = (await request.toArray()).join('');
      if (request.method !== 'POST') return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const turn = JSON.parse(body) as Turn;
      for (const event of model.answer(request.url ?? '', turn))
        response.write(`${event.type === undefined ? '' : `event: ${event.type}\n`}data: ${JSON.stringify(event)}\n\n`);
      response.end();
    }
    return model;
  }

  /** What it calls from now on. */
  turnTo(tool: string, given: object): void {
    [this.tool, this.given] = [tool, JSON.stringify(given)];
    this.results.length = 0;
  }

  private answer(url: string, turn: Turn): ModelEvent[] {
    if (url.includes('/messages')) return this.messages(turn);
    return url.includes('GenerateContent') ? this.generateContent(turn) : this.responses(turn);
  }

  private generateContent({ tools = [], contents = [] }: Turn): ModelEvent[] {
    const name = this.nameAmong(tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations));
    const results = contents.flatMap(({ parts }) => parts.filter((part) => part.functionResponse !== undefined));
    if (results.length > 0) this.results.push(JSON.stringify(results));
    const calls = name !== null && results.length === 0;
    const part = calls ? { functionCall: { name, args: JSON.parse(this.given) as unknown } } : { text: 'It is done.' };
    return [{ candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }] }];
  }

  private messages({ tools = [], messages = [] }: Turn): ModelEvent[] {
    const name = this.nameAmong(tools);
    const said = messages.flatMap(({ content }) => (Array.isArray(content) ? (content as { type: string }[]) : []));
    const results = said.filter(({ type }) => type === 'tool_result');
    if (results.length > 0) this.results.push(JSON.stringify(results));
    const calls = name !== null && results.length === 0;
    const block = calls ? { type: 'tool_use', id: 'toolu_1', name, input: {} } : { type: 'text', text: '' };
    const delta = calls
      ? { type: 'input_json_delta', partial_json: this.given }
      : { type: 'text_delta', text: 'It is done.' };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'scripted',
      content: [],
      stop_reason: null,
      usage,
    };
    return [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: calls ? 'tool_use' : 'end_turn', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ];
  }

  private responses({ tools = [], input = [] }: Turn): ModelEvent[] {
    const name = this.nameAmong(tools);
    const results = input.filter(({ type }) => type === 'function_call_output');
    if (results.length > 0) this.results.push(JSON.stringify(results));
    const namespace = tools.find((each) => each.type === 'namespace' && each.tools?.some((tool) => tool.name === name));
    const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name, arguments: this.given };
    const item =
      name !== null && results.length === 0
        ? { ...call, ...(namespace === undefined ? {} : { namespace: namespace.name }) }
        : { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'It is done.' }] };
    const usage = {
      input_tokens: 1,
      input_tokens_details: null,
      output_tokens: 1,
      output_tokens_details: null,
      total_tokens: 2,
    };
    return [
      { type: 'response.created', response: { id: 'resp_1' } },
      { type: 'response.output_item.done', item },
      { type: 'response.completed', response: { id: 'resp_1', usage } },
    ];
  }

  private nameAmong(tools: readonly OfferedTool[]): string | null {
    const all = tools.flatMap((each) => [each, ...(each.tools ?? [])]);
    return (
      all.find(({ name, tools: within }) => within === undefined && name?.endsWith(this.tool) === true)?.name ?? null
    );
  }
}
