import { OAuthSettings } from '#app/oauth';
import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pages } from './pages.js';

/** Errors of the start page: the page is the answer. */
@Catch()
@Injectable()
export class StartFilter implements ExceptionFilter {
  constructor(private readonly pages: Pages) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { id } = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    this.pages.send(reply, this.pages.outcomeOf(error, id), { reference: id, connected: null });
  }
}

/** Errors of the callback: the browser is sent on, so that neither code nor state stays in its address bar and history. */
@Catch()
@Injectable()
export class CallbackFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly settings: OAuthSettings,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { id } = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const outcome = this.pages.outcomeOf(error, id);
    this.pages.redirect(reply, `${this.settings.resultUrl(outcome)}?ref=${encodeURIComponent(id)}`, 303);
  }
}
