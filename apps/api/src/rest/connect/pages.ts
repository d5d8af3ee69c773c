import { AppError } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { ConnectFailure } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OUTCOMES, type Outcome } from './outcomes.js';
import { CONTENT_SECURITY_POLICY, renderPage, type PageDetails } from './page.js';
import { PageError } from './page-error.js';

/** Sends our pages and redirects, and decides which page an error leads to. */
@Injectable()
export class Pages {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  send(reply: FastifyReply, outcome: Outcome, details: PageDetails): void {
    const text = OUTCOMES[outcome];
    void guarded(reply)
      .status(text.status)
      .header('content-type', 'text/html; charset=utf-8')
      .send(renderPage(text, details));
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
const guarded = (reply: FastifyReply): FastifyReply =>
  reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    .header('x-frame-options', 'DENY');
