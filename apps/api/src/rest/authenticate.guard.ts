import { AppError, type RequestContext } from '#app/kernel';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Authentication } from './authentication.js';
import type { GatehouseRequest, Reply } from './request.js';
import { PUBLIC_ROUTE, ROUTE_RULE, type RouteRule } from './route.decorator.js';

/** Every route asks for a bearer token and a permission, unless it is declared public. Fails closed. */
@Injectable()
export class AuthenticateGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: Authentication,
  ) {}

  async canActivate(host: ExecutionContext): Promise<boolean> {
    const handler = host.getHandler();
    if (this.reflector.get<string>(PUBLIC_ROUTE, handler) !== undefined) return true;
    const rule = this.reflector.get<RouteRule>(ROUTE_RULE, handler);
    const request = host.switchToHttp().getRequest<GatehouseRequest>();
    const context = await this.authentication.contextOf(request, host.switchToHttp().getResponse<Reply>());
    requirePermission(rule, context);
    request.gatehouse = context;
    return true;
  }
}

/** Throws `permission_denied` when the API client may not use a route with this rule. */
export function requirePermission(rule: RouteRule, { caller }: RequestContext): void {
  const allowed = rule.decidedByPipeline === true || caller?.permissions.has(rule.permission) === true;
  if (!allowed) throw lacksPermission(rule);
}

const lacksPermission = ({ permission }: RouteRule): AppError =>
  new AppError('permission_denied', `This API client lacks the permission ${permission}.`, { details: { permission } });
