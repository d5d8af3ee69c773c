import type { AppError } from '#app/kernel';
import {
  INTERNAL_ERROR,
  INVALID_REQUEST,
  PARSE_ERROR,
  REFUSED,
  refusal,
  type JsonRpcRefusal,
} from './json-rpc-refusal.js';

/** What was thrown before the protocol had begun, in the protocol's words. `error` is what a caller may know of `cause`. */
export function answerTo(cause: unknown, error: AppError, requestId: string): JsonRpcRefusal {
  const { code, retryable, status, message } = error;
  const data = { request_id: requestId, code, retryable };
  if ((cause as { code?: unknown } | null)?.code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return refusal(PARSE_ERROR, 'Parse error: the body is not valid JSON.', data);
  return refusal(codeFor(status), message, data);
}

function codeFor(status: number): number {
  if (status === 400) return INVALID_REQUEST;
  return status === 500 ? INTERNAL_ERROR : REFUSED;
}
