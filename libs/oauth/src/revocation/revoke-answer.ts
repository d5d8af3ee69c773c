import type { EgressResponse } from '#app/egress';

/** What one attempt to revoke came to. `error` is a word of ours, never a text of the provider's. */
export type RevokeVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly error: string; readonly afterMs: number | null }
  /** Asking again would change nothing. */
  | { readonly kind: 'hopeless'; readonly error: string };

/** Words with which providers say that they no longer know a token, where RFC 7009 would have them answer 200. */
const UNKNOWN_TOKEN = /"(invalid_token|invalid_grant|token_revoked|token_not_found|token_expired)"/;

const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * RFC 7009, and what is made of it: a token that the provider does not know is one that it does not accept. A refusal of the
 * bearer token itself says the same; where the app shows who it is, a 401 is about the app and passes when its secret is put right.
 */
export function readRevokeAnswer(
  { status, headers, body }: EgressResponse,
  tokenIn: 'header' | 'form',
  now: number,
): RevokeVerdict {
  if (status >= 200 && status <= 299) return { kind: 'done' };
  if (status === 401 && tokenIn === 'header') return { kind: 'done' };
  const text = body.toString('utf8', 0, 4_000);
  if ((status === 400 || status === 401 || status === 404 || status === 410) && UNKNOWN_TOKEN.test(text))
    return { kind: 'done' };
  if (status === 400 && text.includes('"unsupported_token_type"'))
    return { kind: 'hopeless', error: 'unsupported_token_type' };
  return { kind: 'retry', error: `http_${status}`, afterMs: waitAsked(headers['retry-after'], now) };
}

/** `Retry-After` in its two forms. */
function waitAsked(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const wait = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), LONGEST_WAIT_MS);
}
