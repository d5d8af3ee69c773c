import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits in URL-safe letters: a connect link, a `state`, a browser cookie, a verification request. */
export const newOpaqueToken = (): string => randomBytes(32).toString('base64url');

const SHAPE = /^[A-Za-z0-9_-]{43}$/;

export const isOpaqueToken = (text: unknown): text is string => typeof text === 'string' && SHAPE.test(text);

/** What the database keeps of such a token. The token has full entropy, so a plain digest can't be turned back. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Compares two digests in constant time. */
export const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/**
 * What a page puts into its form so that only an answer of that page, in that browser, is taken: nobody but the browser and this
 * server knows the cookie, and it opens nothing else.
 */
export const answerProof = (cookie: string, linkToken: string): string =>
  createHmac('sha256', cookie).update(`connect ${linkToken}`).digest('base64url');

/** Whether a form brought the proof for this browser and link; in constant time. */
export const isAnswerProof = (text: unknown, cookie: string, linkToken: string): boolean =>
  isOpaqueToken(text) && sameHash(hashToken(text), hashToken(answerProof(cookie, linkToken)));
