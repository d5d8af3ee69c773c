import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Made once, shown once; what is stored is its digest. */
export interface NewSecret {
  /** To be shown to who asked for it, and then forgotten. */
  readonly text: string;
  readonly digest: Buffer;
}

/** 256 random bits. The prefix lets people and secret scanners see what a leaked string is. */
export function newClientSecret(): NewSecret {
  const text = `gks_${randomBytes(32).toString('base64url')}`;
  return { text, digest: hash('sha256', text, 'buffer') };
}

/** Compared instead of a digest that doesn't exist, so that an unknown client takes the same way as a wrong secret. */
const NOBODY = randomBytes(32);

/** Whether a digest is the stored one, in constant time. Always false without one. */
export function sameDigest(given: Buffer, stored: Buffer | undefined): boolean {
  return timingSafeEqual(given, stored ?? NOBODY) && stored !== undefined;
}

/** Names a secret's digest in a token, so that tokens end with the secret that they were issued for. */
export const stampOf = (digest: Buffer): string => hash('sha256', digest, 'base64url').slice(0, 16);
