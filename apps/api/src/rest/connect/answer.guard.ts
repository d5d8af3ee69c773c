import { ConnectFailure, ConnectFlowService, isAnswerProof } from '#app/oauth';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectCookies } from './connect-cookies.js';
import { ConnectGuard, requestOf } from './connect.guard.js';
import { requestIdOf } from './connect-request.js';
import { LinkVisitors } from './link-visitors.js';
import { DECISION, PROOF } from './question-page.js';

/**
 * `POST /connect/{link}`: the answer of the user. Only the page that asked can bring it, in the browser in which it was shown:
 * its form holds a proof that is made of the browser's cookie, and the cookie does not come along from another site.
 */
@Injectable()
export class AnswerGuard extends ConnectGuard {
  constructor(
    private readonly flows: ConnectFlowService,
    private readonly cookies: ConnectCookies,
    private readonly visitors: LinkVisitors,
  ) {
    super();
  }

  override async canActivate(host: ExecutionContext): Promise<boolean> {
    const request = requestOf(host);
    const visit = { requestId: requestIdOf(request), browser: this.cookies.readBrowser(request) };
    const { link } = request.params as { link: string };
    const opened = await this.flows.open(visit, link);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const signIn = await this.visitors.signInBefore({ visit, opened, linkToken: link, request, reply });
    const { browser } = visit;
    const { proof, decision } = answerOf(request);
    if (signIn !== null || browser === null || isFromElsewhere(request) || !isAnswerProof(proof, browser, link))
      return this.flows.rejectLink(visit, opened, new ConnectFailure('link_unconfirmed'));
    if (decision === 'continue')
      return this.authenticate(host, { phase: 'authorize', flows: this.flows, visit: { ...visit, browser }, opened });
    // Whatever is not a clear yes is a no
    await this.flows.decline(visit, opened);
    request.declined = true;
    return true;
  }
}

function answerOf({ body }: FastifyRequest): { proof: unknown; decision: unknown } {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { proof: fields[PROOF], decision: fields[DECISION] };
}

/** Browsers say where a request comes from; `Origin` is no help, since it is `null` under our referrer policy. */
const isFromElsewhere = ({ headers }: FastifyRequest): boolean => {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin';
};
