import { AppError } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Answer } from './answer.js';
import { fromFramework } from './framework-errors.js';
import { PROBLEM_TYPE, toProblem } from './problem.js';
import type { GatehouseRequest, Reply } from './request.js';

/** The one place where an error becomes a response, and where an unexpected one is logged. */
@Injectable()
export class ProblemAnswers {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  send(cause: unknown, request: GatehouseRequest, reply: Reply): void {
    if (reply.sent) return;
    const { status, headers, text } = this.render(cause, request.id);
    void reply.status(status).headers(headers).send(text);
  }

  render(cause: unknown, requestId: string): Answer {
    const error = this.translate(cause, requestId);
    const retryAfter = error.details['retry_after'];
    const headers = {
      ...(typeof retryAfter === 'number' ? { 'retry-after': String(Math.ceil(retryAfter)) } : {}),
      ...(error.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="gatehouse"' } : {}),
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-store',
    };
    return { status: error.status, headers, text: JSON.stringify(toProblem(error, requestId)) };
  }

  /** What a caller is told of it, whatever it is. What nobody foresaw goes into the log. */
  translate(cause: unknown, requestId: string): AppError {
    const known = cause instanceof AppError ? cause : fromFramework(cause);
    if (known === null) this.logger.error({ err: cause, request_id: requestId }, 'A request failed unexpectedly');
    else if (known.status >= 500)
      this.logger.warn({ err: known, internal: known.internal, request_id: requestId }, 'A request failed');
    return (
      known ?? new AppError('internal', 'Something went wrong on our side. Quote the request_id when you report it.')
    );
  }
}
