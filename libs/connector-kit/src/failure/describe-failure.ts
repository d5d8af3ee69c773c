import type { ErrorDetail, ErrorVerdict } from './error-rules.js';

type Describe = (provider: string, detail: ErrorDetail, scope: string | null) => string;

/**
 * What a caller reads, by code. A short sentence of the provider's is quoted where it helps to mend the call; never for
 * not_found, so that "missing" and "hidden from this user" read alike.
 */
const MESSAGES: Readonly<Record<ErrorVerdict['code'], Describe>> = {
  invalid_arguments: (provider, detail) =>
    `${provider} refused the arguments${fieldOf(detail)}.${quote(detail)} Correct them and call again.`,
  auth_revoked: (provider) =>
    `${provider} no longer accepts this user's authorization. Let the user connect ${provider} again.`,
  auth_expired: (provider) => `The authorization for ${provider} has expired.`,
  missing_scope: (provider, _, scope) =>
    `The ${provider} app lacks a permission${scope === null ? '' : ` (${scope})`}. Add it to the app at ${provider}, then let the user connect again.`,
  forbidden_by_provider: (provider, detail) => `${provider} does not allow this user to do that.${quote(detail)}`,
  not_found: (provider) => `${provider} has nothing with this id that this user may see. Check the id.`,
  conflict: (provider, detail) =>
    `${provider} says that this conflicts with the current state.${quote(detail)} Read it again before another try.`,
  provider_rate_limited: (provider) => `${provider} takes no more requests at the moment. Call again later.`,
  timeout: (provider) => `${provider} did not answer in time.`,
  provider_error: (provider, detail) => `${provider} failed to answer.${quote(detail)}`,
  unknown_outcome: (provider) =>
    `It is not known whether ${provider} did this. Read the current state before another try; do not simply repeat the call.`,
  aborted: () => 'The call was cancelled before it was done.',
};

/** The public message of a failure. */
export function describeFailure(
  code: ErrorVerdict['code'],
  provider: string,
  detail: ErrorDetail = { message: null, code: null, field: null, requestId: null },
  scope: string | null = null,
): string {
  return MESSAGES[code](provider, detail, scope);
}

function quote({ message, code }: ErrorDetail): string {
  const text = message ?? code;
  return text === null ? '' : ` It says: “${text}”.`;
}

function fieldOf({ field }: ErrorDetail): string {
  return field === null ? '' : ` (field ${field})`;
}
