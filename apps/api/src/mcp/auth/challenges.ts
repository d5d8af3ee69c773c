import { PROBLEM_TYPE, toProblem } from '../../rest/problem.js';
import { AppError } from '#app/kernel';
import type { McpChallenge, McpResource, McpScope } from '../caller.js';
import { metadataUrl } from './resource-metadata.js';

/** What a client that signs its user in asks for at first: nothing that changes anything. */
const FIRST_SCOPE = 'mcp:read' satisfies McpScope;

/** No token, or none that is good here: where to get one. The same for every reason, so that a guess teaches nothing. */
export function unauthenticated(resource: McpResource, requestId: string, sentOne: boolean): McpChallenge {
  const error = sentOne ? 'error="invalid_token", error_description="The token is not valid for this URL", ' : '';
  const text = sentOne
    ? `The token is not valid for ${resource.url}: it is malformed, expired, revoked, or was made for another URL. A client that ` +
      'signs its user in should do so again. A token in a configuration file has to be replaced: the back end of your ' +
      'product makes one with POST /api/v1/mcp/configs/{id}/tokens.'
    : `Sign in first: a client that knows OAuth finds the way at ${metadataUrl(resource)}. Others send ` +
      '`Authorization: Bearer …` with a token that the back end of your product makes with ' +
      'POST /api/v1/mcp/configs/{id}/tokens.';
  const header = `Bearer ${error}scope="${FIRST_SCOPE}", resource_metadata="${metadataUrl(resource)}"`;
  return answer(new AppError('unauthenticated', text), requestId, { 'www-authenticate': header });
}

/** Asks for everything at once that the client then has: what it had, and what it lacks. */
export function insufficientScope(resource: McpResource, scopes: readonly McpScope[], requestId: string): McpChallenge {
  const header = `Bearer error="insufficient_scope", scope="${scopes.join(' ')}", resource_metadata="${metadataUrl(resource)}"`;
  const error = new AppError('permission_denied', 'The user has to allow this application more: sign in again.', {
    details: { required_scopes: scopes },
  });
  return answer(error, requestId, { 'www-authenticate': header });
}

export const noSuchResource = (requestId: string): McpChallenge =>
  answer(
    new AppError('not_found', 'There is no such MCP server here. GET /api/v1/connections lists the connections.'),
    requestId,
    {},
  );

const answer = (error: AppError, requestId: string, headers: Record<string, string>): McpChallenge => ({
  status: error.status as McpChallenge['status'],
  headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...headers },
  body: toProblem(error, requestId),
});
