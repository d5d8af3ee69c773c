import type { ErrorCode } from '#app/kernel';

/** What whoever runs the client can quote, and what a program can go by. */
export interface RefusalData {
  readonly request_id: string;
  /** One of the stable codes of every door, where the refusal has one. */
  readonly code?: ErrorCode;
  readonly retryable?: boolean;
}

/** A refusal before there is a request to answer: what can't be read has no id. */
export interface JsonRpcRefusal {
  readonly jsonrpc: '2.0';
  readonly error: { readonly code: number; readonly message: string; readonly data: RefusalData };
  readonly id: null;
}

export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
/** For refusals of HTTP that the protocol has no code for. */
export const REFUSED = -32_000;

export const INTERNAL_ERROR = -32_603;

export const refusal = (code: number, message: string, data: RefusalData): JsonRpcRefusal => ({
  jsonrpc: '2.0',
  error: { code, message, data },
  id: null,
});
