import { createHash, randomBytes } from 'node:crypto';
import type { DoubleUser } from './oauth-double.js';

interface Code {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly user: DoubleUser;
}

/** Authorization codes that work once, for one redirect URI, with PKCE S256. */
export class ConsentCodes {
  /** An empty list takes any. */
  readonly redirectUris = new Set<string>();
  private readonly codes = new Map<string, Code>();

  /** Where the browser is sent after a consent. */
  issue(asked: URL, clientId: string, user: DoubleUser): URL {
    const query = asked.searchParams;
    const redirectUri = query.get('redirect_uri') ?? '';
    const challenge = query.get('code_challenge');
    if (query.get('client_id') !== clientId) throw new Error('unknown client_id');
    if (this.redirectUris.size > 0 && !this.redirectUris.has(redirectUri)) throw new Error('unknown redirect_uri');
    if (challenge === null || query.get('code_challenge_method') !== 'S256') throw new Error('PKCE S256 is required');
    const code = `code-${randomBytes(18).toString('base64url')}`;
    this.codes.set(code, { redirectUri, challenge, user });
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    back.searchParams.set('code', code);
    return back;
  }

  /** Who consented; null when the code is not good. */
  redeem(form: URLSearchParams): DoubleUser | null {
    const text = form.get('code') ?? '';
    const code = this.codes.get(text);
    this.codes.delete(text);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const good = code?.redirectUri === form.get('redirect_uri') && code?.challenge === challenge;
    return code !== undefined && good ? code.user : null;
  }
}
