import { AgentGrantsService, type FoundGrant } from '#app/identity';
import type { RequestId } from '#app/kernel';
import { answerProof, isAnswerProof } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { documentOf, nameOf } from '../../../rest/connect/page.js';
import { MCP_SCOPES, type McpResource, type McpScope } from '../../caller.js';
import { McpResources } from '../mcp-resources.js';
import type { EndUser } from './end-user.js';
import { FIELDS, renderMore } from './interaction-pages.js';
import { APPS_PATH } from './oauth-paths.js';
import { SignInFirst } from './sign-in-first.js';

/** One visit of the page of a grant. */
export interface GrantVisit {
  readonly requestId: RequestId;
  readonly grantId: string;
  readonly browser: string;
  readonly form: URLSearchParams | null;
  /** Who is signed in. */
  readonly user: EndUser | null;
}

export type GrantStep = { readonly status: number; readonly page: string } | { readonly target: string };

/**
 * The page on which users allow an application more than they did at first, for applications that can't ask by themselves. Only
 * the user whose grant it is gets to see it.
 */
@Injectable()
export class GrantExtension {
  constructor(
    private readonly grants: AgentGrantsService,
    private readonly resources: McpResources,
    private readonly first: SignInFirst,
  ) {}

  async visit(visit: GrantVisit, reply: FastifyReply): Promise<GrantStep> {
    const { user, grantId, requestId } = visit;
    const grant = await this.grants.find(grantId);
    const resource = grant === null ? null : await this.resources.of(grant.resource);
    if (grant === null || resource === null || (grant.resourceId ?? resource.id) !== resource.id) return UNKNOWN;
    if (user === null || user.tenantId !== grant.tenantId) return this.signIn(resource, grantId, reply);
    if (user.identifier !== grant.identifier) return OF_ANOTHER;
    const more = moreThan(grant, resource);
    if (more.length === 0) return { target: APPS_PATH };
    if (visit.form !== null && isAnswerProof(visit.form.get(FIELDS.proof), visit.browser, grantId)) {
      const ctx = { tenantId: grant.tenantId, requestId, source: 'browser', caller: null } as const;
      if (visit.form.get(FIELDS.decision) === 'allow') await this.grants.extend(ctx, grant, more);
      return { target: APPS_PATH };
    }
    const { agentName, identifier } = grant;
    const proof = answerProof(visit.browser, grantId);
    return {
      status: 200,
      page: renderMore({ agentName, identifier, resourceName: resource.name, scopes: more, proof }),
    };
  }

  private async signIn(resource: McpResource, grantId: string, reply: FastifyReply): Promise<GrantStep> {
    const target = await this.first.leave(resource, `${APPS_PATH}/${grantId}`, reply);
    return target === null ? UNKNOWN : { target };
  }
}

const moreThan = ({ scopes }: FoundGrant, { readOnly }: McpResource): McpScope[] =>
  MCP_SCOPES.filter((scope) => !scopes.includes(scope) && !(readOnly && scope === 'mcp:write'));

const UNKNOWN: GrantStep = {
  status: 404,
  page: documentOf({
    title: 'This link does not work',
    mood: 'bad',
    body: '<p>The application may not act for anybody here any more. Sign in from the application again.</p>',
  }),
};

const OF_ANOTHER: GrantStep = {
  status: 403,
  page: documentOf({
    title: 'This is not about you',
    mood: 'bad',
    body: `<p>The application works for another user than ${nameOf('you')}. Nothing was changed.</p>`,
  }),
};
