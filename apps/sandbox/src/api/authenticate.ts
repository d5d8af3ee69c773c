import type { FastifyRequest } from 'fastify';
import { bearerOf } from '../control/request-log.js';
import type { SandboxContext } from '../sandbox-context.js';
import type { AccessToken, Teammate, Workspace } from '../store/model.js';
import { ApiError } from './errors.js';

/** The version whose shapes the sandbox speaks. */
export const INTERCOM_VERSION = '2.16';

export interface ApiCaller {
  readonly token: AccessToken;
  readonly teammate: Teammate;
  readonly workspace: Workspace;
}

/** Who makes a request. Throws 401 as Intercom does: a missing, an unknown and a revoked token have codes of their own. */
export function callerOf({ grants, store }: SandboxContext, request: FastifyRequest): ApiCaller {
  if (request.headers.authorization === undefined) {
    throw new ApiError(401, 'missing_authorization', 'The Authorization header is missing');
  }
  const bearer = bearerOf(request.headers.authorization);
  const token = bearer === null ? null : grants.find(bearer);
  if (token === null) throw new ApiError(401, 'unauthorized', 'Access Token Invalid');
  if (token.revokedAt !== null) throw new ApiError(401, 'token_revoked', 'Access Token Revoked');
  const teammate = store.teammate(token.teammateId);
  if (teammate === null) throw new ApiError(401, 'unauthorized', 'Access Token Invalid');
  return { token, teammate, workspace: store.workspace(token.workspaceId) };
}

/**
 * Without the header the version of the app's settings applies, which here is the same. Intercom would accept its older versions
 * too; the sandbox refuses them, because it could only answer in the wrong shape.
 */
export function checkVersion(request: FastifyRequest): void {
  const version = request.headers['intercom-version'];
  if (version === undefined || version === INTERCOM_VERSION) return;
  throw new ApiError(
    400,
    'intercom_version_invalid',
    `The requested version is not available here; use ${INTERCOM_VERSION}`,
  );
}

/** A teammate without an inbox seat may look, but not write. */
export function requireSeat({ teammate }: ApiCaller): void {
  if (!teammate.hasInboxSeat) {
    throw new ApiError(403, 'action_forbidden', 'The teammate does not have an inbox seat');
  }
}
