import { AgentAccess, AgentGrantsService, type AgentAnswer, type AgentIdentity } from '#app/identity';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import {
  MCP_SCOPES,
  type McpAdmission,
  type McpCaller,
  type McpGuard,
  type McpRequest,
  type McpResource,
  type McpScope,
  type StepUp,
} from '../caller.js';
import { insufficientScope, noSuchResource, unauthenticated } from './challenges.js';
import { APPS_PATH } from './oauth/oauth-paths.js';
import { McpResources } from './mcp-resources.js';

const BEARER = /^bearer +([^\s]+)$/i;
/** An `Authorization` header without a bearer's token has nothing of ours in it. */
const NO_TOKEN: AgentAnswer = { refused: 'not_ours', tokenId: null };
const GRANTED: StepUp = { granted: true };

/** Lets a request in by the token in its `Authorization` header, and by nothing else. */
@Injectable()
export class TokenGuard implements McpGuard {
  constructor(
    private readonly resources: McpResources,
    private readonly access: AgentAccess,
    private readonly grants: AgentGrantsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async resolve({ requestId, path, authorization }: McpRequest): Promise<McpAdmission> {
    const token = BEARER.exec(authorization ?? '')?.[1];
    // Both are asked of the database each time, so that what ends ends at once; side by side, so that it takes the time of one
    const [resource, answer] = await Promise.all([
      this.resources.at(path),
      token === undefined ? NO_TOKEN : this.access.identify(token),
    ]);
    if (resource === null) return { challenge: noSuchResource(requestId) };
    const { identity } = answer;
    if (identity !== undefined && isFor(identity, resource)) return { caller: callerOf(identity, resource, requestId) };
    const sentOne = authorization !== undefined;
    if (sentOne) this.tell(answer, resource, requestId);
    return { challenge: unauthenticated(resource, requestId, sentOne) };
  }

  /** The client is told the same for every reason; which one it was is for whoever is asked why an agent does not get in. */
  private tell(answer: AgentAnswer, { url }: McpResource, requestId: string): void {
    const { identity } = answer;
    const why =
      identity === undefined
        ? { reason: answer.refused, token_id: answer.tokenId }
        : { reason: 'other_url', token_id: identity.tokenId, token_url: identity.audience };
    this.logger.info({ request_id: requestId, url, ...why }, 'The token of an agent was refused');
  }

  /**
   * Asks an application once. One that only refreshes its token, instead of asking its user, would come back with the same scopes
   * for ever; and a token from a configuration file has nobody who could ask.
   */
  async stepUp(caller: McpCaller, needed: McpScope): Promise<StepUp> {
    if (caller.scopes.has(needed)) return GRANTED;
    const { resource, tenantId, grantId, tokenId } = caller;
    const scopes = MCP_SCOPES.filter((scope) => scope === needed || caller.scopes.has(scope));
    if (resource.readOnly) return { granted: false, explain: `${resource.url} is for reading only.` };
    if (grantId === null) return { granted: false, explain: madeWithout(needed) };
    const asked = await this.grants.challenge(tenantId, grantId, { tokenId, scope: needed });
    if (asked === 'before') return { granted: false, explain: notAsked(caller, grantId) };
    return { granted: false, challenge: insufficientScope(resource, scopes, caller.requestId) };
  }
}

/**
 * A token for a URL also opens what tightens that URL, and never the other way round; nor what has got the URL since, when what had it
 * was deleted or renamed.
 */
const isFor = ({ tenantId, audience, resourceId }: AgentIdentity, resource: McpResource): boolean =>
  tenantId === resource.tenantId &&
  (audience === resource.url || audience === resource.baseUrl) &&
  (resourceId === null || resourceId === resource.id);

function callerOf(identity: AgentIdentity, resource: McpResource, requestId: string): McpCaller {
  const { tenantId, client, identifier, tokenId, grantId, agent, expiresAt } = identity;
  const held = identity.scopes.includes('mcp:write') ? MCP_SCOPES : ['mcp:read' as const];
  const scopes = new Set<McpScope>(
    identity.scopes.some(isScope) ? held.filter((scope) => !resource.readOnly || scope === 'mcp:read') : [],
  );
  const application = grantId === null ? null : agent;
  return {
    requestId,
    tenantId,
    client,
    identifier,
    scopes,
    resource,
    tokenId,
    grantId,
    agent: application,
    expiresAt,
  };
}

const isScope = (text: string): boolean => (MCP_SCOPES as readonly string[]).includes(text);

const madeWithout = (needed: McpScope): string =>
  `The token of this agent was made without ${needed}. The back end that made it has to make another one with that scope.`;

const notAsked = ({ agent, resource }: McpCaller, grantId: string): string =>
  `The user has not allowed ${agent ?? 'this application'} to do this, and it has not asked them. Show them this link and ask them ` +
  `to allow it there: ${new URL(resource.url).origin}${APPS_PATH}/${grantId}\nCall the tool again when they say that they have.`;
