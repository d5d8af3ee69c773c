/** Addresses of a tenant that a browser may be sent to, and how they are told apart from all others. */
export interface RedirectRules {
  /**
   * `https://app.example.com/verify` means exactly that path; with a slash at its end, everything below it too. The query is
   * free in both.
   */
  readonly allowList: readonly string[];
  /** Whether plain http to this machine may be used: never in production. */
  readonly loopback: boolean;
}

/** Why an address is not taken; to be read after the name of a field. */
export type RedirectProblem = string;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A slash, backslash, dot, control character or another percent sign in disguise, or one that encodes nothing: what one server
 * reads as a name, another reads as a way out.
 */
const DISGUISED = /%(2f|5c|2e|25|[01][0-9a-f]|7f|(?![0-9a-f]{2}))/i;

/**
 * The form that every such address must have. Only the spelling that a browser itself would write is taken: then nobody, and no
 * other parser, can read anything else out of it (a backslash, a tab, a user name, dot segments, another script's letters).
 */
export function redirectFormProblem(text: string, loopback: boolean): RedirectProblem | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'must be an absolute http or https URL';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (text.includes('#')) return 'must not have a fragment (#…)';
  if (url.hostname.endsWith('.') || url.hostname.includes('*')) return 'must name one host, without a dot at its end';
  if (url.protocol === 'http:' && !(loopback && LOOPBACK.has(url.hostname)))
    return `must be an https URL${loopback ? '; plain http is only for localhost' : ''}`;
  if (text !== url.href && `${text}/` !== url.href) return 'must be spelled as a browser shows it';
  if (DISGUISED.test(url.pathname) || url.pathname.includes('//'))
    return 'must not have empty parts, or an encoded slash, backslash, dot, percent sign or control character, in its path';
  if (!isUtf8(url.pathname)) return 'must have a path whose percent-encoded parts are UTF-8';
  return null;
}

/** Other bytes are read in as many ways as there are servers: as a dot in an overlong form, for one. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with an entry of an allow-list; null when it can be one. */
export function allowListEntryProblem(text: string, loopback: boolean): RedirectProblem | null {
  return redirectFormProblem(text, loopback) ?? (text.includes('?') ? 'must not have a query (?…)' : null);
}

/**
 * Why a browser may not be sent there; null when it may. Compared part by part after parsing, as a browser does it. With an
 * empty list nothing passes, but for this machine itself where that is allowed: whoever develops has not registered anything yet.
 */
export function redirectProblem(text: string, { allowList, loopback }: RedirectRules): RedirectProblem | null {
  const problem = redirectFormProblem(text, loopback);
  if (problem !== null) return problem;
  const url = new URL(text);
  if (allowList.length === 0 && loopback && LOOPBACK.has(url.hostname)) return null;
  if (allowList.some((entry) => covers(entry, url, loopback))) return null;
  return (
    'is not on the list of addresses that browsers may be sent to. ' +
    `Add it: PATCH /api/v1/tenant {"redirect_allow_list": [..., ${JSON.stringify(url.origin + url.pathname)}]}`
  );
}

/** An entry that would not be taken today (plain http, once in production) covers nothing. */
function covers(entry: string, url: URL, loopback: boolean): boolean {
  if (allowListEntryProblem(entry, loopback) !== null) return false;
  const { origin, pathname } = new URL(entry);
  if (url.origin !== origin) return false;
  return url.pathname === pathname || (pathname.endsWith('/') && url.pathname.startsWith(pathname));
}
