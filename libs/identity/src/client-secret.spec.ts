import { hash } from 'node:crypto';
import { newClientSecret, sameDigest, stampOf } from './client-secret.js';

describe('client secrets', () => {
  it('have 256 random bits behind a prefix, and are stored as their SHA-256', () => {
    const { text, digest } = newClientSecret();
    expect(text).toMatch(/^gks_[\w-]{43}$/);
    expect(digest).toEqual(hash('sha256', text, 'buffer'));
    expect(newClientSecret().text).not.toBe(text);
  });

  it('fit their own digest and nothing else', () => {
    const { digest } = newClientSecret();
    expect(sameDigest(digest, Buffer.from(digest))).toBe(true);
    expect(sameDigest(newClientSecret().digest, digest)).toBe(false);
    expect(sameDigest(digest, undefined)).toBe(false);
  });

  it('leave a stamp that differs with the secret and does not hold its digest', () => {
    const { digest } = newClientSecret();
    expect(stampOf(digest)).toHaveLength(16);
    expect(stampOf(digest)).not.toBe(stampOf(newClientSecret().digest));
    expect(digest.toString('base64url')).not.toContain(stampOf(digest));
  });
});
