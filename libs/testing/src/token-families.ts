import { randomBytes } from 'node:crypto';
import type { DoubleUser } from './oauth-double.js';

/** What a provider does with refresh tokens. */
export interface RotationRules {
  /** False: one refresh token for ever, not repeated in the answers. */
  readonly rotates: boolean;
  /** For how long a spent refresh token may be redeemed again: the answer is a further pair, and nothing is killed. */
  readonly graceMs: number;
  /** Whether a refresh ends the access token from before it. */
  readonly endsAccessToken: boolean;
  readonly accessTokenSeconds: number;
}

/** One consent, and every token that came of it. */
export interface TokenFamily {
  readonly id: string;
  readonly user: DoubleUser;
  /** Why none of its tokens works any more. */
  dead: 'reuse' | 'revoked' | null;
}

export interface IssuedRefreshToken {
  readonly text: string;
  readonly family: TokenFamily;
  /** How many a family had before it. */
  readonly generation: number;
  /** Times it was offered, with or without success. */
  presented: number;
  /** Times a pair was issued for it. */
  redeemed: number;
  spentAt: number | null;
}

export interface IssuedAccessToken {
  readonly text: string;
  readonly family: TokenFamily;
  readonly generation: number;
  expiresAt: number;
  ended: boolean;
}

export interface TokenPair {
  readonly accessToken: string;
  /** Null where the one that was redeemed stays. */
  readonly refreshToken: string | null;
}

/** Every token of a strict authorization server: single-use refresh tokens, whose reuse kills all that came of the consent. */
export class TokenFamilies {
  readonly families: TokenFamily[] = [];
  readonly refreshTokens = new Map<string, IssuedRefreshToken>();
  readonly accessTokens = new Map<string, IssuedAccessToken>();
  /** Spent refresh tokens that were offered again, and killed their family. */
  reuses = 0;

  constructor(
    private readonly now: () => number,
    /** May be changed at any time. */
    public rules: RotationRules,
  ) {}

  consent(user: DoubleUser): TokenPair {
    const family: TokenFamily = { id: `family-${this.families.length + 1}`, user, dead: null };
    this.families.push(family);
    return { accessToken: this.addAccessToken(family, 0), refreshToken: this.addRefreshToken(family, 0) };
  }

  /** Null for `invalid_grant`. */
  redeem(text: string): TokenPair | null {
    const token = this.refreshTokens.get(text);
    if (token === undefined) return null;
    token.presented += 1;
    if (token.family.dead !== null) return null;
    const { rotates, graceMs, endsAccessToken } = this.rules;
    if (rotates && token.spentAt !== null && this.now() >= token.spentAt + graceMs) {
      this.reuses += 1;
      token.family.dead = 'reuse';
      return null;
    }
    if (rotates) token.spentAt ??= this.now();
    token.redeemed += 1;
    if (endsAccessToken) this.endAccessTokens(token.family);
    const generation = token.generation + 1;
    return {
      accessToken: this.addAccessToken(token.family, generation),
      refreshToken: rotates ? this.addRefreshToken(token.family, generation) : null,
    };
  }

  /** Whose token it is; null when it is not accepted. */
  owner(accessToken: string): DoubleUser | null {
    const token = this.accessTokens.get(accessToken);
    if (token === undefined || token.ended || token.family.dead !== null) return null;
    return token.expiresAt > this.now() ? token.family.user : null;
  }

  /** Ends the family of a token of either kind. */
  revoke(text: string): void {
    const token = this.refreshTokens.get(text) ?? this.accessTokens.get(text);
    if (token !== undefined) token.family.dead ??= 'revoked';
  }

  /** As if the time of every access token were up. */
  expireAccessTokens(): void {
    for (const token of this.accessTokens.values()) token.expiresAt = Math.min(token.expiresAt, this.now());
  }

  private endAccessTokens(family: TokenFamily): void {
    for (const token of this.accessTokens.values()) if (token.family === family) token.ended = true;
  }

  private addAccessToken(family: TokenFamily, generation: number): string {
    const text = `at-${randomBytes(24).toString('base64url')}`;
    const expiresAt = this.now() + this.rules.accessTokenSeconds * 1000;
    this.accessTokens.set(text, { text, family, generation, expiresAt, ended: false });
    return text;
  }

  private addRefreshToken(family: TokenFamily, generation: number): string {
    const text = `rt-${randomBytes(24).toString('base64url')}`;
    this.refreshTokens.set(text, { text, family, generation, presented: 0, redeemed: 0, spentAt: null });
    return text;
  }
}
