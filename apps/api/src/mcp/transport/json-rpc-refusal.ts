/** A refusal before there is a request to answer: what can't be read has no id. */
export interface JsonRpcRefusal {
  readonly jsonrpc: '2.0';
  readonly error: { readonly code: number; readonly message: string };
  readonly id: null;
}

export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
/** For refusals of HTTP that the protocol has no code for. */
export const REFUSED = -32_000;

export const refusal = (code: number, message: string): JsonRpcRefusal => ({
  jsonrpc: '2.0',
  error: { code, message },
  id: null,
});
