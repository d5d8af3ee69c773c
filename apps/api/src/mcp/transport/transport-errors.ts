import { AppError } from '#app/kernel';
import { fromFramework } from '../../rest/framework-errors.js';
import { INVALID_REQUEST, PARSE_ERROR, REFUSED, refusal, type JsonRpcRefusal } from './json-rpc-refusal.js';

export interface TransportAnswer {
  readonly status: number;
  readonly body: JsonRpcRefusal;
}

/** What is thrown before the protocol has begun, in the protocol's words; null for what nobody foresaw. */
export function answerTo(error: unknown): TransportAnswer | null {
  if ((error as { code?: unknown } | null)?.code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return { status: 400, body: refusal(PARSE_ERROR, 'Parse error: the body is not valid JSON.') };
  const known = error instanceof AppError ? error : fromFramework(error);
  if (known === null) return null;
  return { status: known.status, body: refusal(known.status === 400 ? INVALID_REQUEST : REFUSED, known.message) };
}
