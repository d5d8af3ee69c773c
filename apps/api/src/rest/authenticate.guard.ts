import { TokenService } from '#app/identity';
import { AppError, type RequestContext, type RequestId } from '#app/kernel';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { GatehouseRequest, Reply } from './request.js';
import { PUBLIC_ROUTE, ROUTE_RULE, type RouteRule } from './route.decorator.js';

/** Every route asks for a bearer token and a permission, unless it is declared public. Fails closed. */
@Injectable()
export class AuthenticateGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenService,
  ) {}

  async canActivate(host: ExecutionContext): Promise<boolean> {
    const handler = host.getHandler();
    if (this.reflector.get<string>(PUBLIC_ROUTE, handler) !== undefined) return true;
    const rule = this.reflector.get<RouteRule>(ROUTE_RULE, handler);
    const request = host.switchToHttp().getRequest<GatehouseRequest>();
    const context = await this.authenticate(request, host.switchToHttp().getResponse<Reply>());
    const allowed = rule.decidedByPipeline === true || context.caller?.permissions.has(rule.permission) === true;
    if (!allowed) throw lacksPermission(rule);
    request.gatehouse = context;
    return true;
  }

  private async authenticate(request: GatehouseRequest, reply: Reply): Promise<RequestContext> {
    const token = /^bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw missingToken();
    const { tenantId, caller } = await this.tokens.verify(token);
    return { requestId: request.id as RequestId, tenantId, source: 'rest', caller, signal: goneSignal(reply) };
  }
}

/** Aborts when the connection closes before the answer is out. */
function goneSignal(reply: Reply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

const missingToken = (): AppError =>
  new AppError(
    'unauthenticated',
    'Send an access token as `Authorization: Bearer …`. POST /oauth/token gives one for a client id and secret.',
  );

const lacksPermission = ({ permission }: RouteRule): AppError =>
  new AppError('permission_denied', `This API client lacks the permission ${permission}.`, { details: { permission } });
