import type { RequestContext } from '#app/kernel';
import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request on which the guard has put its context. */
export interface GatehouseRequest extends FastifyRequest {
  gatehouse?: RequestContext;
}

export type Reply = FastifyReply;

/** The {@link RequestContext} of the request: the first argument of every service call. */
export const Ctx = createParamDecorator((_: unknown, host: ExecutionContext): RequestContext => {
  const context = host.switchToHttp().getRequest<GatehouseRequest>().gatehouse;
  if (context === undefined) throw new Error('@Ctx() is for routes that are guarded by @Route()');
  return context;
});
