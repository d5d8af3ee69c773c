import { randomBytes } from 'node:crypto';
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type GetPromptResult,
  type InputRequiredResult,
  type ReadResourceResult,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { McpExchange } from '../../src/mcp/exchange.js';
import { McpServers } from '../../src/mcp/mcp-servers.js';
import { CallTool } from '../../src/mcp/tools/call-tool.js';
import { PROMPTS, RESOURCES, TEMPLATE, type FixtureAnswer, type Question } from './fixture-answers.js';

type Questions = readonly Question[];
type Shown = { readonly [Field in keyof FixtureAnswer]: FixtureAnswer[Field] | null };

const states = createRequestStateCodec<{ round: number }>({ key: randomBytes(32) });

/**
 * Gives the door what the referee asks for and no connector of ours has: prompts, resources, completions, log messages, progress,
 * results other than text, questions to the client. Each is the answer of a tool of the fixture, called as the door calls every
 * tool: the servers are those that the door makes, and nothing gets past its guard, its pipeline or its audit.
 */
export function extendDoor(nest: NestFastifyApplication): void {
  const servers = nest.get(McpServers);
  const caller = nest.get(CallTool);
  const create = servers.create.bind(servers);
  servers.create = (exchange) => {
    const server = create(exchange);
    new FixtureDoor(exchange, caller).serve(server);
    return server;
  };
}

class FixtureDoor {
  constructor(
    private readonly exchange: McpExchange,
    private readonly caller: CallTool,
  ) {}

  serve(server: Server): void {
    server.registerCapabilities({ prompts: {}, resources: {}, completions: {}, logging: {} });
    server.setRequestHandler('tools/call', async ({ params }, ctx) => {
      const { result, answer } = await this.call(params.name, params.arguments ?? {}, ctx);
      return answer === null ? result : showTool(answer, result, ctx);
    });
    server.setRequestHandler('prompts/list', () => ({ prompts: prompts() }));
    server.setRequestHandler('prompts/get', async ({ params }, ctx) => this.prompt(params.name, params.arguments, ctx));
    server.setRequestHandler('resources/list', () => ({ resources: resources() }));
    server.setRequestHandler('resources/templates/list', () => ({
      resourceTemplates: [{ uriTemplate: TEMPLATE, name: 'template', description: 'Data by id' }],
    }));
    server.setRequestHandler('resources/read', async ({ params }, ctx) => this.resource(params.uri, ctx));
    server.setRequestHandler('completion/complete', () => ({ completion: { values: [], hasMore: false } }));
  }

  private async prompt(
    name: string,
    args: Readonly<Record<string, string>> | undefined,
    ctx: ServerContext,
  ): Promise<GetPromptResult | InputRequiredResult> {
    const [first, second] = Object.keys(PROMPTS[name] ?? {}).map((each) => args?.[each]);
    const given = { name, ...(first === undefined ? {} : { first }), ...(second === undefined ? {} : { second }) };
    const { answer } = await this.call('test_prompt_get', given, ctx);
    if (answer === null) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such prompt');
    return (await ask(answer, ctx)) ?? { messages: (answer.messages ?? []) as GetPromptResult['messages'] };
  }

  private async resource(uri: string, ctx: ServerContext): Promise<ReadResourceResult> {
    const { answer } = await this.call('test_resource_read', { uri }, ctx);
    if (answer === null) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Resource not found', { uri });
    return { contents: (answer.contents ?? []) as ReadResourceResult['contents'] };
  }

  /** The answer is null where the call failed: then the result says how. */
  private async call(
    name: string,
    args: Record<string, unknown>,
    ctx: ServerContext,
  ): Promise<{ readonly result: CallToolResult; readonly answer: Shown | null }> {
    const exchange = { ...this.exchange, structured: true };
    const result = (await this.caller.call(exchange, { name, arguments: args }, ctx.mcpReq)) as CallToolResult;
    return { result, answer: (result.structuredContent ?? null) as Shown | null };
  }
}

const prompts = () =>
  Object.entries(PROMPTS).map(([name, args]) => ({
    name,
    description: `What the referee calls ${name}`,
    arguments: Object.entries(args).map(([each, description]) => ({ name: each, description, required: true })),
  }));

const resources = () =>
  Object.entries(RESOURCES).map(([uri, mimeType]) => ({
    uri,
    name: uri,
    description: `The resource ${uri}`,
    mimeType,
  }));

async function showTool(
  answer: Shown,
  { content }: CallToolResult,
  ctx: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  for (const data of answer.log ?? []) await ctx.mcpReq.log('info', data);
  if (progressToken !== undefined)
    for (const progress of answer.progress ?? [])
      await ctx.mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken, progress, total: 100 },
      });
  const own = answer.content as CallToolResult['content'] | null | undefined;
  return (await ask(answer, ctx)) ?? { content: own ?? content };
}

/** The next questions to the client; null when it has answered all that there were. */
async function ask({ rounds, sealed, declaredOnly }: Shown, ctx: ServerContext): Promise<InputRequiredResult | null> {
  if (rounds === null || rounds === undefined) return null;
  const round = await roundOf(ctx);
  const at = (index: number): Questions | undefined =>
    declaredOnly === true ? rounds[index]?.filter((question) => isDeclared(question, ctx)) : rounds[index];
  const next = isAnswered(at(round) ?? [], ctx) ? round + 1 : round;
  const questions = at(next);
  if (questions === undefined) return null;
  const inputRequests = Object.fromEntries(questions.map((question) => [question.key, requestOf(question)]));
  return inputRequired(
    sealed === true ? { inputRequests, requestState: await states.mint({ round: next }) } : { inputRequests },
  );
}

async function roundOf(ctx: ServerContext): Promise<number> {
  const given = ctx.mcpReq.requestState<string>();
  if (given === undefined) return 0;
  try {
    return (await states.verify(given, ctx)).round;
  } catch {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This is not a state of ours, or it is too old.');
  }
}

function isAnswered(questions: Questions, { mcpReq: { inputResponses } }: ServerContext): boolean {
  return questions.every(({ key }) => {
    const response = inputResponses?.[key];
    return typeof response === 'object' && response !== null;
  });
}

function requestOf(question: Question) {
  switch (question.ask) {
    case 'form':
      return inputRequired.elicit({
        message: question.text,
        requestedSchema: {
          type: 'object',
          properties: { [question.field]: { type: question.type as 'string' } },
          required: [question.field],
        },
      });
    case 'model':
      return inputRequired.createMessage({
        messages: [{ role: 'user', content: { type: 'text', text: question.text } }],
        maxTokens: 100,
      });
    case 'roots':
      return inputRequired.listRoots();
  }
}

const CAPABILITY = { form: 'elicitation', model: 'sampling', roots: 'roots' } as const;

function isDeclared({ ask: kind }: Question, { mcpReq: { envelope } }: ServerContext): boolean {
  const meta = (envelope ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  return meta[CLIENT_CAPABILITIES_META_KEY]?.[CAPABILITY[kind]] !== undefined;
}
