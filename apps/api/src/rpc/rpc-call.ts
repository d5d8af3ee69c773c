import type { ConnectError, HandlerContext } from '@connectrpc/connect';
import type { RequestContext, RequestId } from '#app/kernel';
import type { Reflector } from '@nestjs/core';
import type { Authentication } from '../rest/authentication.js';
import type { ProblemAnswers } from '../rest/problem-answers.js';
import { ROUTE_RULE, type RouteRule } from '../rest/route.decorator.js';
import { createValidationPipe } from '../rest/validation.js';
import { toConnectError } from './rpc-errors.js';
import { REQUEST_ID } from './rpc-server.js';

type Dto<Kind> = new () => Kind;

/** What every RPC does before and after what it is for: it says who calls, and answers errors as gRPC statuses. */
export class RpcCall {
  private readonly pipe = createValidationPipe();

  constructor(
    private readonly authentication: Authentication,
    private readonly problems: ProblemAnswers,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Runs one call. Authentication comes first: the published client sends its first call without a token, and gets one when it is told.
   */
  async run<Answer>(rpc: HandlerContext, work: (ctx: RequestContext) => Promise<Answer>): Promise<Answer> {
    const requestId = rpc.values.get(REQUEST_ID);
    try {
      const request = { requestId, source: 'grpc', signal: rpc.signal } as const;
      return await work(await this.authentication.identify(request, rpc.requestHeader.get('authorization')));
    } catch (cause) {
      throw toConnectError(this.problems.translate(cause, requestId), requestId);
    }
  }

  /** What a caller without a valid token is told; null for one that has one. */
  async refusalOf(requestId: RequestId, authorization: string | undefined): Promise<ConnectError | null> {
    try {
      await this.authentication.identify({ requestId, source: 'grpc' }, authorization);
      return null;
    } catch (cause) {
      return toConnectError(this.problems.translate(cause, requestId), requestId);
    }
  }

  /** Checks a request by the rules of its REST twin. */
  async checked<Kind>(value: unknown, type: Dto<Kind>): Promise<Kind> {
    return (await this.pipe.transform(value, { type: 'body', metatype: type })) as Kind;
  }

  /** The rule of a REST route: its twin asks for the same permission. */
  ruleOf(handler: (...args: never[]) => unknown): RouteRule {
    const rule = this.reflector.get<RouteRule | undefined>(ROUTE_RULE, handler);
    if (rule === undefined) throw new Error('The handler of an RPC is one of a REST route');
    return rule;
  }
}
