import { AppError, type FieldError } from '#app/kernel';
import type { Unavailable } from './refresh/refresh-subject.js';

export const invalid = (field: string, message: string): AppError => {
  const errors: FieldError[] = [{ field, message }];
  return new AppError('invalid_arguments', `${field}: ${message}`, { errors });
};

export const tenantNotFound = (): AppError => new AppError('not_found', 'There is no such tenant any more.');

export const connectionNotFound = (name: string): AppError =>
  new AppError('not_found', `There is no connection ${quote(name)}. GET /api/v1/connections lists them.`);

export const connectionNameTaken = (name: string): AppError =>
  new AppError(
    'conflict',
    `There is a connection named ${quote(name)} already. Choose another name, or change that one.`,
  );

export const connectionInUse = (field: string): AppError =>
  new AppError(
    'conflict',
    `${field} can't be changed while accounts of this connection hold credentials: they would be sent to another place. ` +
      'Disconnect the accounts first, or create a new connection.',
  );

export const secretNeeded = (): AppError =>
  invalid(
    'oauth_client_secret',
    'is required in the same request when endpoints, params or oauth_client_id change: the stored secret is never sent to ' +
      'another place, or with another client id, than it was given for',
  );

export const accountNotFound = (what: string): AppError =>
  new AppError(
    'account_not_found',
    `There is no connected account ${what}. ` +
      'POST /api/v1/connected_accounts/magic_link makes it, and a link with which the user connects it.',
  );

/** The selector fits several accounts or connections: names those to choose from. */
export const ambiguous = (field: string, what: string, candidates: readonly string[]): AppError =>
  new AppError('invalid_arguments', `${what} Name one of them in ${field}: ${candidates.join(', ')}.`, {
    errors: [{ field, message: `one of ${candidates.join(', ')}` }],
    details: { candidates },
  });

/** One text for every reason, so that a guessed id teaches nothing. */
export const verificationNotFound = (): AppError =>
  new AppError(
    'not_found',
    'There is no such verification request: it is unknown, was used before, or has expired. Let the user open a new connect link.',
  );

export const verificationMismatch = (): AppError =>
  new AppError(
    'permission_denied',
    'The user who consented is not the user this connect link was made for. What was granted has been destroyed; nothing is connected.',
  );

export const verificationOvertaken = (): AppError =>
  new AppError(
    'conflict',
    'The account has been connected as somebody else meanwhile. What was granted has been destroyed; the account is unchanged.',
  );

export const credentialMoved = (): AppError =>
  new AppError(
    'conflict',
    'The connected account was disconnected or authorized again while the call was being prepared. Nothing was sent to the provider; try again.',
  );

/** The credential could not be renewed; the account is none the worse for it. */
export const refreshUnavailable = (provider: string, why: Unavailable, retryAfterMs: number): AppError =>
  new AppError('provider_error', `${REFRESH_PROBLEMS[why](provider)} The account is still connected.`, {
    details: { account_status: 'ACTIVE', refresh: why, retry_after: Math.max(1, Math.ceil(retryAfterMs / 1000)) },
  });

export const noLongerActive = (status: string, reason: string | null): AppError =>
  new AppError(
    'account_not_active',
    `The connected account is ${status}${reason === null ? '' : ` (${reason})`}. The user must connect it. ` +
      'Make a link with POST /api/v1/connected_accounts/magic_link and let the user open it.',
    { details: { account_status: status } },
  );

export const nothingToRefresh = (): AppError =>
  new AppError(
    'conflict',
    'The provider has issued no refresh token for this account, so there is nothing to refresh. Its credential works until the provider ends it.',
  );

const REFRESH_PROBLEMS: Readonly<Record<Unavailable, (provider: string) => string>> = {
  provider_unavailable: (provider) =>
    `The credential is due for renewal, and ${provider}'s token endpoint does not answer as it should. Nothing was sent. Try again later.`,
  app_refused: (provider) =>
    `The credential is due for renewal, and ${provider} refuses the OAuth app of this connection. Nothing was sent. ` +
    'Check client id and secret of the connection against the app at the provider.',
  no_answer: (provider) =>
    `The credential is due for renewal, and an answer of ${provider} to an earlier attempt is missing. Nothing was sent. Try again later.`,
  under_way: (provider) =>
    `The credential is being renewed, and ${provider} takes its time. Nothing was sent. Try again in a moment.`,
};

export const secretUnreadable = (what: string, cause: unknown): AppError =>
  new AppError(
    'not_available',
    'A stored secret could not be opened, so nothing was sent to the provider. The operator finds the reason in the log.',
    { cause, internal: `The vault refused to open ${what}` },
  );

export const quote = (text: string): string => JSON.stringify(text.slice(0, 100));
