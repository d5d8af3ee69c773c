import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#app/kernel';
import type { AccessToken, AuthorizationCode, Teammate } from '../store/model.js';
import type { Store } from '../store/store.js';

const CODE_LIFETIME_MS = 10 * 60 * 1000;
/** How much of a token's hash the control API and the request log show: enough to tell tokens apart. */
const SHORT_HASH = 16;

export interface Redemption {
  readonly code: string;
  readonly clientId: string;
  /** Intercom does not ask for it in the exchange; when it is sent, it must be the one of the consent. */
  readonly redirectUri: string | null;
}

/** The authorization codes and bearer tokens of the sandbox. Only hashes are kept, so that its state file is no key. */
export class Grants {
  private issued = 0;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** A code for one exchange. Every second one ends in `=`, as Intercom's may: clients that trim it must fail here too. */
  issueCode(clientId: string, redirectUri: string, teammate: Teammate): string {
    this.issued += 1;
    const code = randomBytes(this.issued % 2 === 1 ? 32 : 33)
      .toString('base64')
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    const { codes } = this.store.state;
    const now = this.clock.now();
    this.store.state.codes = codes.filter((other) => other.expiresAt > now);
    this.store.state.codes.push({
      hash: hashOf(code),
      clientId,
      redirectUri,
      teammateId: teammate.id,
      expiresAt: now + CODE_LIFETIME_MS,
    });
    this.store.save();
    return code;
  }

  /** Spends a code, whatever comes of it. Returns the token, or null when the code does not hold. */
  redeem(request: Redemption): string | null {
    const code = this.takeCode(hashOf(request.code));
    if (code === null || code.clientId !== request.clientId || code.expiresAt <= this.clock.now()) return null;
    if (request.redirectUri !== null && request.redirectUri !== code.redirectUri) return null;
    const teammate = this.store.teammate(code.teammateId);
    return teammate === null ? null : this.issueToken(request.clientId, teammate);
  }

  /** A token that was ever issued, revoked or not. */
  find(token: string): AccessToken | null {
    const hash = hashOf(token);
    return this.store.state.tokens.find((candidate) => candidate.hash === hash) ?? null;
  }

  /** Kills the living tokens that `which` picks. Returns how many. */
  revoke(which: (token: AccessToken) => boolean): number {
    const doomed = this.store.state.tokens.filter((token) => token.revokedAt === null && which(token));
    for (const token of doomed) token.revokedAt = this.clock.now();
    if (doomed.length > 0) this.store.save();
    return doomed.length;
  }

  private issueToken(clientId: string, teammate: Teammate): string {
    const token = `tok_sandbox_${randomBytes(30).toString('base64url')}`;
    this.store.state.tokens.push({
      hash: hashOf(token),
      clientId,
      teammateId: teammate.id,
      workspaceId: teammate.workspaceId,
      createdAt: this.clock.now(),
      revokedAt: null,
    });
    this.store.save();
    return token;
  }

  private takeCode(hash: string): AuthorizationCode | null {
    const code = this.store.state.codes.find((candidate) => candidate.hash === hash) ?? null;
    if (code !== null) {
      this.store.state.codes = this.store.state.codes.filter((other) => other !== code);
      this.store.save();
    }
    return code;
  }
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function shortHash(secret: string): string {
  return hashOf(secret).slice(0, SHORT_HASH);
}

/** The short form of a hash that is stored in full. */
export function shorten(hash: string): string {
  return hash.slice(0, SHORT_HASH);
}

export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(given)), Buffer.from(hashOf(expected)));
}
