import type { JsonObject, RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_GUARD, type McpCaller, type McpChallenge, type McpGuard } from './caller.js';
import { CallingPrograms } from './calling-programs.js';
import type { McpExchange } from './exchange.js';
import { CallTool } from './tools/call-tool.js';
import { tighten, tighteningOf, unknownToolSet } from './tools/tightening.js';
import { ToolOffers } from './tools/tool-offers.js';
import { toolSetsOf } from './tools/tool-set.js';
import { noToolSet } from './tools/no-tool-set.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export type BegunExchange =
  | { readonly exchange: McpExchange; readonly session?: string | null; readonly challenge?: undefined }
  | { readonly challenge: McpChallenge; readonly exchange?: undefined; readonly session?: undefined };

/** Finds out, before the protocol has its turn, what a request may see, and whether its token allows the call that it makes. */
@Injectable()
export class McpExchanges {
  constructor(
    @Inject(MCP_GUARD) private readonly guard: McpGuard,
    private readonly offers: ToolOffers,
    private readonly caller: CallTool,
    private readonly programs: CallingPrograms,
  ) {}

  async begin(ctx: RequestContext, caller: McpCaller, headers: Headers, body: unknown): Promise<BegunExchange> {
    const all = await this.offers.behind(ctx, caller.resource);
    const unknown = unknownToolSet(all, caller.resource);
    if (unknown !== null) throw noToolSet(unknown, toolSetsOf(all));
    const offered = new Map(all.flatMap((each) => [each.tool.name, ...each.tool.aliases].map((name) => [name, each])));
    const allowed = tighten(all, tighteningOf(caller.resource, headers));
    const call = calledTool(body);
    const called = call === null ? undefined : offered.get(call.name);
    const structured = headers['x-mcp-structured-content'] === 'true';
    const tightened = allowed.length < all.length;
    const program = call === null ? null : await this.programs.of(caller, headers, body);
    const exchange = { ctx, caller, program, offered, allowed, tightened, structured, lacksScope: null };
    if (call === null) return { exchange, session: await this.programs.begunBy(caller, body) };
    if (called === undefined) return { exchange };
    const step = await this.guard.stepUp(caller, scopeFor(called.tool.annotations.readOnly));
    if (step.granted) return { exchange };
    if (step.challenge === undefined) return { exchange: { ...exchange, lacksScope: step.explain } };
    // The protocol never sees this call: it is refused, and recorded, before the challenge says what to ask the user for
    await this.caller.refuse({ ...exchange, lacksScope: '' }, called, call.args);
    return { challenge: step.challenge };
  }
}

const scopeFor = (readOnly: boolean): 'mcp:read' | 'mcp:write' => (readOnly ? 'mcp:read' : 'mcp:write');

/** The call that a message makes. Whether the message is right in every other way is for the protocol to say. */
function calledTool(body: unknown): { readonly name: string; readonly args: JsonObject } | null {
  const { method, params } = (body ?? {}) as {
    method?: unknown;
    params?: { name?: unknown; arguments?: unknown } | null;
  };
  const name = params?.name;
  if (method !== 'tools/call' || typeof name !== 'string') return null;
  return { name, args: (params?.arguments ?? {}) as JsonObject };
}
