import { SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Permission } from '#app/kernel';

/** How a route is audited: the type of the event that it leaves, or the reason why it leaves none. */
export type AuditPolicy = string | { readonly none: string };

export interface RouteRule {
  readonly permission: Permission;
  readonly audit: AuditPolicy;
}

export const ROUTE_RULE = 'gatehouse:route';
export const PUBLIC_ROUTE = 'gatehouse:public';

/** Not audited, because … */
export const none = (reason: string): AuditPolicy => ({ none: reason });

/**
 * Guards a route: the permission that the API client needs, and how the call is audited. A handler with neither this nor
 * {@link Public} keeps the server from starting.
 */
export const Route = (rule: RouteRule): MethodDecorator =>
  applyDecorators(SetMetadata(ROUTE_RULE, rule), ApiBearerAuth());

/** Opens a route to everybody, and says why that is right. */
export const Public = (reason: string): MethodDecorator => SetMetadata(PUBLIC_ROUTE, reason);
