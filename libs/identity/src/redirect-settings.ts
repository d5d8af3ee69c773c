import { AppError, allowListEntryProblem, redirectProblem } from '#app/kernel';

/** Where a tenant lets browsers be sent. */
export interface RedirectSettings {
  /** Exact URLs, or with a slash at the end everything below: the only places that a user's browser is ever sent to. */
  readonly redirectAllowList: readonly string[];
  /** The tenant's verifier: where users go after consent, unless a link names another URL. Null when there is none. */
  readonly defaultUserVerifyUrl: string | null;
}

const MAX_ENTRIES = 50;
const MAX_LENGTH = 2048;

/** Throws `invalid_arguments` unless every entry can be one, and the verifier is covered by them. */
export function checkRedirectSettings(settings: RedirectSettings, production: boolean): RedirectSettings {
  const { redirectAllowList: allowList, defaultUserVerifyUrl: verifier } = settings;
  const loopback = !production;
  if (allowList.length > MAX_ENTRIES) throw invalid('redirect_allow_list', `must have at most ${MAX_ENTRIES} entries`);
  for (const entry of allowList) {
    const problem = tooLong(entry) ?? allowListEntryProblem(entry, loopback);
    if (problem !== null) throw invalid('redirect_allow_list', `${JSON.stringify(entry.slice(0, 100))} ${problem}`);
  }
  const problem = verifier === null ? null : (tooLong(verifier) ?? redirectProblem(verifier, { allowList, loopback }));
  if (problem !== null) throw invalid('default_user_verify_url', problem);
  return settings;
}

const tooLong = (text: string): string | null =>
  text.length > MAX_LENGTH ? `must be at most ${MAX_LENGTH} characters` : null;

const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_arguments', `${field}: ${message}`, { errors: [{ field, message }] });
