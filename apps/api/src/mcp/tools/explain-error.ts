import type { AppError, ErrorCode } from '#app/kernel';
import type { CallToolResult } from '@modelcontextprotocol/server';

const DO_NOT_REPEAT = 'Do not repeat the call; tell the user.';
const TRY_AGAIN = 'Try again in a moment; if it fails again, tell the user.';

/** What a model should do about each refusal and failure. The compiler asks for those that are missing. */
const NEXT: Readonly<Record<ErrorCode, string>> = {
  invalid_arguments: 'Correct the arguments and call again.',
  unauthenticated: 'The user has to sign in to this server again.',
  permission_denied: DO_NOT_REPEAT,
  policy_denied: DO_NOT_REPEAT,
  approval_required: 'Tell the user that the call waits for an approval.',
  tool_not_found: 'Read the list of tools again.',
  account_not_found: 'The user has to connect an account first.',
  account_not_active: 'The user has to connect the account again.',
  missing_scope: 'The user has to connect the account again and grant what is missing.',
  forbidden_by_provider: DO_NOT_REPEAT,
  not_found: 'Check the id: it may be wrong, deleted or not visible to this user.',
  conflict: 'Read the current state, then decide whether to call again.',
  request_incomplete: TRY_AGAIN,
  payload_too_large: 'Send less at once.',
  unsupported_media_type: DO_NOT_REPEAT,
  headers_too_large: DO_NOT_REPEAT,
  rate_limited: TRY_AGAIN,
  provider_rate_limited: TRY_AGAIN,
  provider_error: TRY_AGAIN,
  timeout: TRY_AGAIN,
  unknown_outcome: 'The write may have happened: read the object before you decide whether to repeat it.',
  not_available: TRY_AGAIN,
  internal: DO_NOT_REPEAT,
};

const MOST_FIELDS = 10;

/** A refusal or failure of a call as the model reads it: what is wrong, what to do next, and what to quote. */
export function explainError(error: AppError, requestId: string): CallToolResult {
  const fields = error.errors.slice(0, MOST_FIELDS).map(({ field, message }) => `- ${inArguments(field)}: ${message}`);
  const { retry_after: wait, execution_id: execution } = error.details;
  const next = typeof wait === 'number' ? `Wait ${Math.ceil(wait)} seconds, then call again.` : NEXT[error.code];
  const reference = [error.code, execution, requestId].filter((each) => typeof each === 'string').join(', ');
  // The message names the first of them already
  const others = fields.length > 1 ? fields : [];
  return explain([inArguments(error.message), ...others, next, `(${reference})`].join('\n'));
}

/** Other doors take the arguments of a tool as `params`; a model knows them by their own names. */
const inArguments = (text: string): string => text.replaceAll(/\bparams\./g, '');

export const explain = (text: string): CallToolResult => ({ content: [{ type: 'text', text }], isError: true });
