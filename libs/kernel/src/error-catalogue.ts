/**
 * Every error code a caller can meet, the same at every door.
 *
 * `status` is the HTTP status, `title` the fixed RFC 9457 title, `retryable` tells a caller whether the very same call may
 * succeed later without anyone changing anything.
 */
export const ERROR_CATALOGUE = {
  invalid_arguments: { status: 400, title: 'The request is not valid', retryable: false },
  unauthenticated: { status: 401, title: 'The API client is not authenticated', retryable: false },
  permission_denied: { status: 403, title: 'The API client may not do this', retryable: false },
  policy_denied: { status: 403, title: 'The call is outside of what is allowed', retryable: false },
  approval_required: { status: 403, title: 'The call needs an approval first', retryable: false },
  tool_not_found: { status: 404, title: 'There is no such tool', retryable: false },
  account_not_found: { status: 404, title: 'There is no such connected account', retryable: false },
  account_not_active: { status: 409, title: 'The connected account is not active', retryable: false },
  missing_scope: { status: 403, title: 'The user did not grant what the tool needs', retryable: false },
  forbidden_by_provider: { status: 403, title: 'The provider refused this user', retryable: false },
  not_found: { status: 404, title: 'Not found', retryable: false },
  conflict: { status: 409, title: 'The request conflicts with the current state', retryable: false },
  request_incomplete: { status: 408, title: 'The request did not arrive in time', retryable: true },
  payload_too_large: { status: 413, title: 'The request body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'The content type is not supported', retryable: false },
  headers_too_large: { status: 431, title: 'The headers of the request are too large', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  provider_rate_limited: { status: 429, title: 'The provider limits its requests', retryable: true },
  provider_error: { status: 502, title: 'The provider failed', retryable: true },
  timeout: { status: 504, title: 'The provider did not answer in time', retryable: true },
  unknown_outcome: { status: 502, title: 'It is not known whether the write happened', retryable: false },
  not_available: { status: 503, title: 'Temporarily not available', retryable: true },
  internal: { status: 500, title: 'Something went wrong on our side', retryable: false },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
