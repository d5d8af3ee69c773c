import type { FieldError, JsonObject } from '#app/kernel';

export const PROVIDER_FAILURE_CODES = [
  'invalid_arguments',
  'auth_revoked',
  'auth_expired',
  'missing_scope',
  'forbidden_by_provider',
  'not_found',
  'conflict',
  'provider_rate_limited',
  'timeout',
  'provider_error',
  'unknown_outcome',
  'aborted',
] as const;

export type ProviderFailureCode = (typeof PROVIDER_FAILURE_CODES)[number];

export interface ConnectorFailureOptions {
  readonly upstreamStatus?: number | null;
  readonly retryAfterSeconds?: number | null;
  readonly detail?: JsonObject;
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
}

/**
 * A call that did not succeed. `message` is fit for the caller: it says what happened and what to do, and holds at most a short,
 * cleaned sentence of the provider's.
 */
export class ConnectorFailure extends Error {
  /** Status of the provider's last answer; null when there was none. */
  readonly upstreamStatus: number | null;
  /** When the provider would take the call again; null when it didn't say. */
  readonly retryAfterSeconds: number | null;
  /** What the provider told: `provider_code`, `provider_field`, `provider_request_id`, `scope`, as far as known. */
  readonly detail: JsonObject;
  /** For invalid_arguments found while running: which argument. */
  readonly errors: readonly FieldError[];
  /** Requests that left for the provider before this failure, this call's retries and steps included. */
  upstreamRequests = 0;

  constructor(
    readonly code: ProviderFailureCode,
    message: string,
    options: ConnectorFailureOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectorFailure';
    this.upstreamStatus = options.upstreamStatus ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.detail = options.detail ?? {};
    this.errors = options.errors ?? [];
  }
}
