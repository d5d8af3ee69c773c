import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '#app/kernel';

/** How the secret of a webhook endpoint is written (Standard Webhooks): this, then the key in base64. */
export const WEBHOOK_SECRET_PREFIX = 'whsec_';

/** HMAC-SHA256 in base64 with the key that such a secret holds, for a library that signs and may not see it. */
export function webhookSignature(secret: Secret, message: string): string {
  const key = Buffer.from(secret.reveal().slice(WEBHOOK_SECRET_PREFIX.length), 'base64');
  try {
    return createHmac('sha256', key).update(message).digest('base64');
  } finally {
    key.fill(0);
  }
}

/** Whether a provider signed exactly these bytes with a secret that we share. In constant time, whatever the signature says. */
export function isSignedWith(
  secret: Secret,
  algorithm: 'sha1' | 'sha256',
  message: Buffer,
  hexSignature: string,
): boolean {
  const expected = createHmac(algorithm, secret.reveal()).update(message).digest();
  const given = Buffer.from(/^[0-9a-f]*$/i.test(hexSignature) ? hexSignature : '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
