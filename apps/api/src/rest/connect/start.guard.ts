import { ConnectFlowService, newOpaqueToken } from '#app/oauth';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectCookies } from './connect-cookies.js';
import { ConnectGuard, requestOf } from './connect.guard.js';
import { requestIdOf } from './connect-request.js';
import { LinkVisitors } from './link-visitors.js';
import { PageError } from './page-error.js';

/**
 * `GET /connect/{link}`: checks the link for this browser. Where the tenant's server verifies the user afterwards, passport builds
 * the authorize URL at once; else the user signs in first, or is asked, and this visit changes nothing.
 */
@Injectable()
export class StartGuard extends ConnectGuard {
  constructor(
    private readonly flows: ConnectFlowService,
    private readonly cookies: ConnectCookies,
    private readonly visitors: LinkVisitors,
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
    const signIn = await this.visitors.signInBefore({ visit, opened, linkToken: link, request, reply });
    if (signIn !== null) {
      request.signIn = signIn;
      return true;
    }
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
