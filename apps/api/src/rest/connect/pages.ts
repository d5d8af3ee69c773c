import { AppError } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { ConnectFailure } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OUTCOMES, type Outcome } from './outcomes.js';
import { CONTENT_SECURITY_POLICY, FORM_PAGE_POLICY, renderPage, type PageDetails } from './page.js';
import { PageError } from './page-error.js';
import { renderDeparture, renderQuestion, type Question } from './question-page.js';

/** Sends our pages and redirects, and decides which page an error leads to. */
@Injectable()
export class Pages {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  send(reply: FastifyReply, outcome: Outcome, details: PageDetails): void {
    const text = OUTCOMES[outcome];
    this.html(reply, text.status, renderPage(text, details));
  }

  /** Asks the user whether it is their own account that is about to be connected. */
  ask(reply: FastifyReply, question: Question): void {
    this.html(reply, 200, renderQuestion(question), FORM_PAGE_POLICY);
  }

  /** Sends the browser of a user who said yes to the provider. */
  depart(reply: FastifyReply, provider: string, target: string): void {
    this.html(reply, 200, renderDeparture(provider, target));
  }

  private html(reply: FastifyReply, status: number, page: string, policy = CONTENT_SECURITY_POLICY): void {
    void guarded(reply, policy).status(status).header('content-type', 'text/html; charset=utf-8').send(page);
  }

  redirect(reply: FastifyReply, location: string, status: 302 | 303): void {
    void guarded(reply).status(status).header('location', location).send();
  }

  /** The page for what was thrown, and a line in the log about it. */
  outcomeOf(error: unknown, requestId: string): Outcome {
    if (error instanceof PageError) return error.outcome;
    if (error instanceof ConnectFailure) {
      const { code, internal } = error;
      this.logger.info({ request_id: requestId, outcome: code, internal }, 'An account was not connected');
      return code;
    }
    const unavailable = error instanceof AppError && error.code === 'not_available';
    if (unavailable) this.logger.warn({ err: error, request_id: requestId }, 'An account could not be connected now');
    else this.logger.error({ err: error, request_id: requestId }, 'Connecting an account failed unexpectedly');
    return unavailable ? 'not_available' : 'internal';
  }
}

/** The URLs of these answers carry a link, a code or a state: none may be stored, or told to another site. */
export const guarded = (reply: FastifyReply, policy = CONTENT_SECURITY_POLICY): FastifyReply =>
  reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('content-security-policy', policy)
    .header('x-frame-options', 'DENY');
