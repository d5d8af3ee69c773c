import { isId } from '#app/kernel';
import { answerProof, ConnectFlowService, OAuthSettings } from '#app/oauth';
import { Controller, Get, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../route.decorator.js';
import { AnswerGuard } from './answer.guard.js';
import { CallbackGuard } from './callback.guard.js';
import { ConnectCookies } from './connect-cookies.js';
import { CallbackFilter, StartFilter } from './connect-page.filter.js';
import { single, type Asking, type ConnectRequest } from './connect-request.js';
import { isOutcome } from './outcomes.js';
import { Pages } from './pages.js';
import { StartGuard } from './start.guard.js';

/** What an end user's browser visits: the link, the way back from the provider, and the pages that say how it ended. */
@ApiExcludeController()
@Controller()
export class ConnectController {
  constructor(
    private readonly flows: ConnectFlowService,
    private readonly cookies: ConnectCookies,
    private readonly pages: Pages,
    private readonly settings: OAuthSettings,
  ) {}

  /** The guard has either built the authorize URL, or found that the user is to sign in or to be asked first. */
  @Get('connect/:link')
  @Public('an end user has no API client; the link is the permission, once and in one browser')
  @UseGuards(StartGuard)
  @UseFilters(StartFilter)
  start(@Req() request: ConnectRequest, @Res() reply: FastifyReply): void {
    if (request.signIn !== undefined) return this.pages.redirect(reply, request.signIn, 303);
    if (request.asking !== undefined) return this.ask(request.asking, reply);
    const { browser, target } = departureOf(request);
    this.cookies.setBrowser(reply, browser);
    return this.pages.redirect(reply, target, 302);
  }

  /** The guard has ended the link, or built the authorize URL. */
  @Post('connect/:link')
  @Public('the answer of the page at this address; bound to it and to the browser in which it was shown')
  @UseGuards(AnswerGuard)
  @UseFilters(StartFilter)
  answer(@Req() request: ConnectRequest, @Res() reply: FastifyReply): void {
    if (request.declined) return this.pages.redirect(reply, this.settings.resultUrl('link_declined'), 303);
    const { browser, provider, target } = departureOf(request);
    this.cookies.setBrowser(reply, browser);
    return this.pages.depart(reply, provider, target);
  }

  private ask({ opened: { link, app }, browser, linkToken }: Asking, reply: FastifyReply): void {
    const { identifier, organizationId, tenantName } = link;
    const proof = answerProof(browser, linkToken);
    this.cookies.setBrowser(reply, browser);
    const [provider, { host }] = [app.connector.name, app.authorizeUrl];
    this.pages.ask(reply, { identifier, organizationId, tenantName, provider, host, proof });
  }

  /** The guard has spent the flow and exchanged the code. Answers 303 in any case. */
  @Get('oauth/callback/:connectionId')
  @Public('the provider sends the browser here; the state is bound to the browser that started')
  @UseGuards(CallbackGuard)
  @UseFilters(CallbackFilter)
  async finish(@Req() request: ConnectRequest, @Res() reply: FastifyReply): Promise<void> {
    if (request.granted === undefined) throw new Error('passport did not bring a grant');
    const { visit, spent, grant } = request.granted;
    const result = await this.flows.complete(visit, spent, grant);
    if (result.outcome === 'verify') return this.pages.redirect(reply, result.redirectTo, 303);
    this.cookies.setConnected(reply, result);
    return this.pages.redirect(reply, this.settings.resultUrl('connected'), 303);
  }

  @Get('connect/result/:outcome')
  @Public('a text about what happened; it holds nothing that is not in its address or the visitor’s own cookie')
  @UseFilters(StartFilter)
  result(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { outcome } = request.params as { outcome: string };
    const reference = single(request.query, 'ref');
    this.pages.send(reply, isOutcome(outcome) ? outcome : 'page_unknown', {
      reference: reference !== null && isId('request', reference) ? reference : null,
      connected: outcome === 'connected' ? this.cookies.readConnected(request) : null,
    });
  }
}

/** Where passport wants to send which browser. */
function departureOf({ connect }: ConnectRequest): { browser: string; provider: string; target: string } {
  if (connect?.phase.phase !== 'authorize' || connect.captured.location === null)
    throw new Error('passport did not send the browser on');
  const { visit, opened } = connect.phase;
  return { browser: visit.browser, provider: opened.app.connector.name, target: connect.captured.location };
}
