import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue.js';

export interface FieldError {
  /** Path of the field in the request: `params.limit`, `identifier`. */
  readonly field: string;
  /** What is wrong and how to mend it. Never the value. */
  readonly message: string;
}

export interface AppErrorOptions {
  /** For our own log only: what really happened. Must not hold a secret either. */
  readonly internal?: string;
  readonly cause?: unknown;
  readonly errors?: readonly FieldError[];
  /** Further members of the problem document, in snake_case: `account_status`, `connect_url`, `retry_after`, `execution_id`. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Whether a tool call had been admitted by then, so that the provider may have been asked. */
  readonly dispatched?: boolean;
}

/**
 * A refusal or failure that a caller may see. `message` is public: it says what is wrong and what to do about it, and holds
 * nothing of another tenant, no provider body and no secret.
 */
export class AppError extends Error {
  readonly internal: string | undefined;
  readonly errors: readonly FieldError[];
  readonly details: NonNullable<AppErrorOptions['details']>;
  /** Then no door may answer in a way that makes a client repeat the call by itself. */
  readonly dispatched: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.internal = options.internal;
    this.errors = options.errors ?? [];
    this.details = options.details ?? {};
    this.dispatched = options.dispatched ?? false;
  }

  get status(): number {
    return ERROR_CATALOGUE[this.code].status;
  }

  get retryable(): boolean {
    return ERROR_CATALOGUE[this.code].retryable;
  }

  /** The same error with more members in its problem document. */
  with(details: NonNullable<AppErrorOptions['details']>, { dispatched } = { dispatched: this.dispatched }): AppError {
    return new AppError(this.code, this.message, {
      dispatched,
      ...(this.internal === undefined ? {} : { internal: this.internal }),
      cause: this.cause,
      errors: this.errors,
      details: { ...this.details, ...details },
    });
  }
}
