import { AppError, type Permission } from '#app/kernel';

export const clientNotFound = (id: string): AppError =>
  new AppError(
    'not_found',
    `There is no API client ${JSON.stringify(id.slice(0, 64))}. GET /api/v1/clients lists them.`,
  );

export const beyondOwnRights = (what: readonly string[]): AppError =>
  new AppError(
    'permission_denied',
    `Your own API client does not hold ${what.join(', ')}, so it can't give that to a client or act on one that has it.`,
  );

export const mayNotManage = (): AppError =>
  new AppError(
    'permission_denied',
    'Only an active API client with the permission clients:write may manage API clients.',
  );

export const mayNotOperate = (permission: Permission): AppError =>
  new AppError(
    'permission_denied',
    `Only an active API client of an active tenant with the permission ${permission} may do this.`,
    { details: { permission } },
  );

export const lockingItselfOut = (): AppError =>
  new AppError(
    'conflict',
    "An API client can't disable itself or give up clients:write: nobody might be left who can undo it. Use another client for that.",
  );

/** `error` is what OAuth clients look for (RFC 6749, section 5.2). */
export const credentialsRefused = (): AppError =>
  new AppError('unauthenticated', 'The client id or the client secret is wrong, or the client is disabled.', {
    details: { error: 'invalid_client' },
  });

export const noSuchTenant = (): AppError =>
  new AppError(
    'not_found',
    'There is no such tenant. GET /api/v1/tenants lists them, for a client with installation:operate.',
  );

export const alreadyShredded = (): AppError =>
  new AppError('conflict', 'This tenant was shredded, and nothing brings it back. Make another one.');

export const lastOperator = (): AppError =>
  new AppError(
    'conflict',
    'Nobody would be left who may operate this installation. Give a client of another tenant installation:operate first.',
  );

export const tenantNotFound = (): AppError => new AppError('not_found', 'This tenant no longer exists.');

/** One text for every reason: a guess teaches nothing about which clients exist. */
export const tokenRefused = (): AppError =>
  new AppError(
    'unauthenticated',
    'The access token is not valid: it is malformed, expired, or its API client may no longer use it.',
  );

export const badPage = (field: string, message: string): AppError =>
  new AppError('invalid_arguments', `${field}: ${message}`, { errors: [{ field, message }] });

export const agentTokenNotFound = (id: string): AppError =>
  new AppError(
    'not_found',
    `There is no token ${JSON.stringify(id.slice(0, 64))}. GET /api/v1/mcp/tokens lists those that have not run out.`,
  );

export const mayNotMakeTokens = (): AppError =>
  new AppError('permission_denied', 'Only an API client may make tokens for the agents of its users.');

export const agentGrantNotFound = (): AppError =>
  new AppError('not_found', 'This user has not allowed that, or no longer does.');
