import { AppError } from '#app/kernel';
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
    const allowed = rule.decidedByPipeline === true || context.caller?.permissions.has(rule.permission) === true;
    if (!allowed) throw lacksPermission(rule);
    request.gatehouse = context;
    return true;
  }
}

const lacksPermission = ({ permission }: RouteRule): AppError =>
  new AppError('permission_denied', `This API client lacks the permission ${permission}.`, { details: { permission } });
