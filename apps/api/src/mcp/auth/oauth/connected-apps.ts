import { AgentGrantsService, type AgentGrant } from '#app/identity';
import { AppError, type RequestId } from '#app/kernel';
import { answerProof, isAnswerProof } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import { documentOf, escapeHtml, nameOf } from '../../../rest/connect/page.js';
import type { EndUser } from './end-user.js';
import { FIELDS } from './interaction-pages.js';

/** What the proof of this page's forms is for. */
const PAGE = 'connected apps';

export interface AppsVisit {
  readonly requestId: RequestId;
  readonly browser: string;
  readonly form: URLSearchParams | null;
}

/** Shows a signed-in user which applications may act for them, and ends what they no longer want. */
@Injectable()
export class ConnectedApps {
  constructor(private readonly grants: AgentGrantsService) {}

  /** The page as it is after what the form asked for. */
  async visit(user: EndUser, { requestId, browser, form }: AppsVisit): Promise<string> {
    if (form !== null && isAnswerProof(form.get(FIELDS.proof), browser, PAGE))
      await this.end(user, requestId, form.get(FIELDS.decision) ?? '');
    const apps = await this.grants.list(user.tenantId, user.identifier);
    return renderApps(user, apps, answerProof(browser, PAGE));
  }

  /** One that has ended meanwhile is what was wanted. */
  private async end({ tenantId, identifier }: EndUser, requestId: RequestId, id: string): Promise<void> {
    const ctx = { tenantId, requestId, source: 'browser', caller: null } as const;
    try {
      await this.grants.revoke(ctx, id, { of: identifier, reason: 'ended_by_user' });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
    }
  }
}

function renderApps({ identifier }: EndUser, apps: readonly AgentGrant[], proof: string): string {
  const list = apps.map((app) => `<p>${described(app)}</p>\n${endForm(app, proof)}`).join('\n');
  const body =
    apps.length === 0
      ? `<p>No application may act for ${nameOf(identifier)}.</p>`
      : `<p>These may act for ${nameOf(identifier)}. What you end here is refused from its next request on.</p>\n${list}`;
  return documentOf({ title: 'Connected applications', mood: 'plain', body });
}

const described = ({ agentName, resource, scopes, createdAt }: AgentGrant): string =>
  `${nameOf(agentName)} since ${escapeHtml(createdAt.toISOString().slice(0, 16).replace('T', ' '))} UTC: ` +
  `${scopes.includes('mcp:write') ? 'reads and changes' : 'reads'} at <code>${escapeHtml(resource)}</code>`;

const endForm = ({ id }: AgentGrant, proof: string): string =>
  `<form method="post"><input type="hidden" name="${FIELDS.proof}" value="${escapeHtml(proof)}">` +
  `<button class="second" name="${FIELDS.decision}" value="${escapeHtml(id)}">End this</button></form>`;
