import { AppError, ERROR_CATALOGUE, type ErrorCode, type FieldError } from '#app/kernel';

/** A request can be wrong in more places than anybody wants to read. */
const MAX_ERRORS = 20;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An error as RFC 9457 problem details. Each code is explained in docs/errors.md. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  readonly retryable: boolean;
  readonly errors?: readonly FieldError[];
  readonly [member: string]: unknown;
}

export function toProblem(error: AppError, requestId: string): Problem {
  const { status, title, retryable } = ERROR_CATALOGUE[error.code];
  return {
    ...error.details,
    type: `urn:gatehouse:error:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    retryable,
    ...(error.errors.length > 0 ? { errors: error.errors.slice(0, MAX_ERRORS) } : {}),
  };
}
