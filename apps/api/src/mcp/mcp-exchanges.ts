import type { RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_GUARD, type McpCaller, type McpChallenge, type McpGuard } from './caller.js';
import type { McpExchange } from './exchange.js';
import { tighten, tighteningOf, unknownToolSet } from './tools/tightening.js';
import { ToolOffers } from './tools/tool-offers.js';
import { toolSetsOf } from './tools/tool-set.js';
import { noToolSet } from './tools/no-tool-set.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export type BegunExchange =
  | { readonly exchange: McpExchange; readonly challenge?: undefined }
  | { readonly challenge: McpChallenge; readonly exchange?: undefined };

/** Finds out, before the protocol has its turn, what a request may see, and whether its token allows the call that it makes. */
@Injectable()
export class McpExchanges {
  constructor(
    @Inject(MCP_GUARD) private readonly guard: McpGuard,
    private readonly offers: ToolOffers,
  ) {}

  async begin(ctx: RequestContext, caller: McpCaller, headers: Headers, body: unknown): Promise<BegunExchange> {
    const all = await this.offers.behind(ctx, caller.resource);
    const unknown = unknownToolSet(all, caller.resource);
    if (unknown !== null) throw noToolSet(unknown, toolSetsOf(all));
    const offered = new Map(all.flatMap((each) => [each.tool.name, ...each.tool.aliases].map((name) => [name, each])));
    const allowed = tighten(all, tighteningOf(caller.resource, headers));
    const called = offered.get(calledTool(body) ?? '');
    const step =
      called === undefined ? null : await this.guard.stepUp(caller, scopeFor(called.tool.annotations.readOnly));
    if (step?.granted === false && step.challenge !== undefined) return { challenge: step.challenge };
    const lacksScope = step?.granted === false ? step.explain : null;
    const structured = headers['x-mcp-structured-content'] === 'true';
    const tightened = allowed.length < all.length;
    return { exchange: { ctx, caller, offered, allowed, tightened, structured, lacksScope } };
  }
}

const scopeFor = (readOnly: boolean): 'mcp:read' | 'mcp:write' => (readOnly ? 'mcp:read' : 'mcp:write');

/** Name of the tool that a message calls. Whether the message is right in every other way is for the protocol to say. */
function calledTool(body: unknown): string | null {
  const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown } | null };
  const name = params?.name;
  return method === 'tools/call' && typeof name === 'string' ? name : null;
}
