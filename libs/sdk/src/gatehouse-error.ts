/** Codes of the server's catalogue (docs/errors.md), and below them those that only the client can say. */
export type GatehouseErrorCode =
  | 'invalid_arguments'
  | 'unauthenticated'
  | 'permission_denied'
  | 'policy_denied'
  | 'approval_required'
  | 'tool_not_found'
  | 'account_not_found'
  | 'account_not_active'
  | 'missing_scope'
  | 'forbidden_by_provider'
  | 'not_found'
  | 'conflict'
  | 'request_incomplete'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'headers_too_large'
  | 'rate_limited'
  | 'provider_rate_limited'
  | 'provider_error'
  | 'timeout'
  | 'unknown_outcome'
  | 'not_available'
  | 'internal'
  /** No answer: the server could not be reached, or the connection broke. */
  | 'connection_failed'
  /** The client's own `timeoutMs` passed before there was an answer. */
  | 'request_timeout'
  /** The answer is none of Gatehouse's: usually a proxy or another server answers at this URL. */
  | 'invalid_response'
  /** A webhook's signature, time or headers don't hold: do not act on it. */
  | 'invalid_webhook';

/** One field of a request that the server refused. */
export interface FieldError {
  /** Where in the request, such as `params.limit`. */
  readonly field: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** What a {@link GatehouseError} carries beside its code and message. */
export interface GatehouseErrorDetails {
  /** {@link GatehouseError.status} */
  readonly status?: number | undefined;
  /** {@link GatehouseError.connectUrl} */
  readonly connectUrl?: string | undefined;
  /** {@link GatehouseError.executionId} */
  readonly executionId?: string | undefined;
  /** {@link GatehouseError.retryAfter} */
  readonly retryAfter?: number | undefined;
  /** {@link GatehouseError.requestId} */
  readonly requestId?: string | undefined;
  /** {@link GatehouseError.errors} */
  readonly errors?: readonly FieldError[] | undefined;
  /** {@link GatehouseError.retryable} */
  readonly retryable?: boolean | undefined;
  /** {@link GatehouseError.accountStatus} */
  readonly accountStatus?: string | undefined;
  /** {@link GatehouseError.missingScopes} */
  readonly missingScopes?: readonly string[] | undefined;
  /** {@link GatehouseError.providerStatus} */
  readonly providerStatus?: number | undefined;
  /** {@link GatehouseError.idempotencyKey} */
  readonly idempotencyKey?: string | undefined;
  /** What was caught, if the error stands for another one. */
  readonly cause?: unknown;
}

const BRAND = Symbol.for('@gatehouse/sdk/error');

/**
 * The one error that this library throws. `code` says what happened and is stable; `message` says what to do about it.
 *
 * An abort is not an error of ours: the reason of the caller's own `AbortSignal` is thrown as it is.
 */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  /** HTTP status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** With `account_not_active`: the link that the end user opens to connect. */
  readonly connectUrl: string | undefined;
  /** The tool call's record in the audit trail. */
  readonly executionId: string | undefined;
  /** Seconds to wait before the same request may succeed. */
  readonly retryAfter: number | undefined;
  /** Quote it when you report a problem. */
  readonly requestId: string | undefined;
  /** What is wrong with the request, field by field; empty for other errors. */
  readonly errors: readonly FieldError[];
  /** Whether the same request may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  /** With `account_not_active`: the state of the account, such as `EXPIRED`. */
  readonly accountStatus: string | undefined;
  /** With `missing_scope`: what the user did not grant. */
  readonly missingScopes: readonly string[] | undefined;
  /** HTTP status of the provider, when it answered. */
  readonly providerStatus: number | undefined;
  /** The key that a tool call was sent with. Call again with it, and a write happens once all the same. */
  readonly idempotencyKey: string | undefined;
  readonly #details: GatehouseErrorDetails;

  constructor(
    /** What happened: one of {@link GatehouseErrorCode}, or a newer code that this version does not know. */
    readonly code: GatehouseErrorCode | (string & {}),
    message: string,
    details: GatehouseErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.#details = details;
    this.status = details.status;
    this.connectUrl = details.connectUrl;
    this.executionId = details.executionId;
    this.retryAfter = details.retryAfter;
    this.requestId = details.requestId;
    this.errors = details.errors ?? [];
    this.retryable = details.retryable ?? false;
    this.accountStatus = details.accountStatus;
    this.missingScopes = details.missingScopes;
    this.providerStatus = details.providerStatus;
    this.idempotencyKey = details.idempotencyKey;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** @internal */
  withIdempotencyKey(idempotencyKey: string | undefined): GatehouseError {
    if (idempotencyKey === undefined) return this;
    const { code, message, cause } = this;
    return new GatehouseError(code, message, { ...this.#details, cause, idempotencyKey });
  }
}

/** `instanceof` that also holds when an application loads this library twice, as a module and by `require()`. */
export function isGatehouseError(error: unknown): error is GatehouseError {
  return error instanceof Error && BRAND in error;
}
