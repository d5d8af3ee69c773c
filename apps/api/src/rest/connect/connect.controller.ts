import { isId } from '#app/kernel';
import { ConnectFlowService, OAuthSettings } from '#app/oauth';
import { Controller, Get, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../route.decorator.js';
import { CallbackGuard } from './callback.guard.js';
import { ConnectCookies } from './connect-cookies.js';
import { CallbackFilter, StartFilter } from './connect-page.filter.js';
import { single, type ConnectRequest } from './connect-request.js';
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

  /** The guard has built the authorize URL. */
  @Get('connect/:link')
  @Public('an end user has no API client; the link is the permission, once and in one browser')
  @UseGuards(StartGuard)
  @UseFilters(StartFilter)
  start(@Req() request: ConnectRequest, @Res() reply: FastifyReply): void {
    const { phase, captured } = prepared(request);
    if (phase.phase !== 'authorize' || captured.location === null)
      throw new Error('passport did not send the browser on');
    this.cookies.setBrowser(reply, phase.visit.browser);
    this.pages.redirect(reply, captured.location, 302);
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

function prepared({ connect }: ConnectRequest): NonNullable<ConnectRequest['connect']> {
  if (connect === undefined) throw new Error('The connect guard has not prepared this request');
  return connect;
}
