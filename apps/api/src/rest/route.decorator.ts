import { HttpCode, SetMetadata, type Type, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { Permission } from '#app/kernel';

/** How a route is audited: the type of the event that it leaves, or the reason why it leaves none. */
export type AuditPolicy = string | { readonly none: string };

/** What the API description says of a route. Statuses of refusal that follow from the request are added by themselves. */
export interface RouteDescription {
  /** One line: what the route does. */
  readonly summary?: string;
  /** Class of the answer's body. */
  readonly returns?: Type;
  /** Status of success. Where a `summary` stands alone it is left to `@HttpCode()` and the answer to `@ApiResponse()`. */
  readonly status?: 200 | 201 | 204;
  /** Further statuses with which the route may refuse. */
  readonly fails?: readonly number[];
}

export interface RouteRule extends RouteDescription {
  readonly summary: string;
  readonly permission: Permission;
  /** The pipeline asks for the permission, so that a refusal is recorded like every other decision on a tool call. */
  readonly decidedByPipeline?: true;
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
  applyDecorators(SetMetadata(ROUTE_RULE, rule), ApiBearerAuth(), describe(rule));

/** Opens a route to everybody, and says why that is right. */
export const Public = (reason: string, description: RouteDescription = {}): MethodDecorator =>
  applyDecorators(SetMetadata(PUBLIC_ROUTE, reason), describe(description));

function describe({ summary, returns, status, fails = [] }: RouteDescription): MethodDecorator {
  const decorators: MethodDecorator[] = fails.map((each) => ApiResponse({ status: each }));
  if (summary !== undefined) decorators.push(ApiOperation({ summary }));
  if (returns !== undefined || status !== undefined) decorators.push(success(status ?? 200, returns));
  return applyDecorators(...decorators);
}

const success = (status: number, type: Type | undefined): MethodDecorator =>
  applyDecorators(HttpCode(status), ApiResponse({ status, description: '', ...(type === undefined ? {} : { type }) }));
