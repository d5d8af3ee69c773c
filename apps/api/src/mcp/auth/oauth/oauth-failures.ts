import { AppError } from '#app/kernel';
import type { Logger } from '#app/observability';

/** Whether it passes by itself: the database or the key service does not answer. */
export const passes = (error: unknown): boolean => error instanceof AppError && error.code === 'not_available';

/** Tells the operator what the client, or the user in the browser, is not told. */
export function logFailure(logger: Logger, error: unknown, requestId: unknown): void {
  logger[passes(error) ? 'warn' : 'error']({ err: error, request_id: requestId }, 'The OAuth server failed');
}
