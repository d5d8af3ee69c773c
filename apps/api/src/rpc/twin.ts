import { fromJson, type DescMessage, type JsonObject, type MessageShape } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import type { RequestContext } from '#app/kernel';
import { requirePermission } from '../rest/authenticate.guard.js';
import { requestDto } from './request-dto.js';
import type { RpcCall } from './rpc-call.js';

type RouteHandler<Dto> = (ctx: RequestContext, dto: Dto) => Promise<object>;

/** How an RPC is served by the handler of a REST route: what it takes, and what it makes of the answer. */
export interface Twin<Input extends DescMessage, Output extends DescMessage, Dto, Name extends string> {
  readonly input: Input;
  readonly output: Output;
  readonly dto: new () => Dto;
  readonly controller: Readonly<Record<Name, RouteHandler<Dto>>>;
  /** The method of the controller: its permission, its checks and its answer are this RPC's. */
  readonly method: Name;
  /** The message's JSON as that route reads it, where it is not the same. */
  readonly request?: (json: JsonObject) => JsonObject;
  /** The route's answer as the message spells it, where it is not the same. */
  readonly response?: (view: JsonObject) => JsonObject;
}

const same = (json: JsonObject): JsonObject => json;

/** One method of a service, over the handler of its REST twin: one decision, one answer, one error, two encodings. */
export function twinOf<Input extends DescMessage, Output extends DescMessage, Dto, Name extends string>(
  call: RpcCall,
  { input, output, dto, controller, method, request = same, response = same }: Twin<Input, Output, Dto, Name>,
): (message: MessageShape<Input>, rpc: HandlerContext) => Promise<MessageShape<Output>> {
  const rule = call.ruleOf(controller[method]);
  return (message, rpc) =>
    call.run(rpc, async (ctx) => {
      requirePermission(rule, ctx);
      const checked = await call.checked(request(requestDto(input, message)), dto);
      const view = await controller[method](ctx, checked);
      // what REST would have written: dates are text and absent members gone
      const written = JSON.parse(JSON.stringify(view)) as JsonObject;
      return fromJson(output, response(written), { ignoreUnknownFields: true });
    });
}
