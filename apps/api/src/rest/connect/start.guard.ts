import { ConnectFailure, ConnectFlowService, newOpaqueToken } from '#app/oauth';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SignedInVisitor } from '../../mcp/auth/oauth/signed-in-visitor.js';
import { ConnectCookies } from './connect-cookies.js';
import { ConnectGuard, requestOf } from './connect.guard.js';
import { requestIdOf } from './connect-request.js';
import { PageError } from './page-error.js';

/**
 * `GET /connect/{link}`: checks the link for this browser. Where the tenant's server verifies the user afterwards, passport builds
 * the authorize URL at once; else the user is asked first, and this visit changes nothing.
 */
@Injectable()
export class StartGuard extends ConnectGuard {
  constructor(
    private readonly flows: ConnectFlowService,
    private readonly cookies: ConnectCookies,
    private readonly visitor: SignedInVisitor,
  ) {
    super();
  }

  override async canActivate(host: ExecutionContext): Promise<boolean> {
    const request = requestOf(host);
    // A link works in one browser only: a preview must not take it away from the person it was made for
    if (isPrefetch(request)) throw new PageError('prefetch');
    const visit = { requestId: requestIdOf(request), browser: this.cookies.readBrowser(request) };
    const { link } = request.params as { link: string };
    const opened = await this.flows.open(visit, link);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (await this.visitor.isSomebodyElse(opened.link, request, reply))
      return this.flows.rejectLink(visit, opened, new ConnectFailure('link_other_user'));
    const browser = visit.browser ?? newOpaqueToken();
    if (opened.link.userVerifyUrl === null) {
      request.asking = { opened, browser, linkToken: link };
      return true;
    }
    return this.authenticate(host, { phase: 'authorize', flows: this.flows, visit: { ...visit, browser }, opened });
  }
}

const PREFETCH_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

const isPrefetch = ({ headers }: FastifyRequest): boolean =>
  PREFETCH_HEADERS.some((name) => /prefetch|prerender|preview/i.test(String(headers[name] ?? '')));
