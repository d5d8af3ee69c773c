import type { Secret } from '#app/kernel';

/**
 * The text of a secret, for a caller who was given the right to have it. The one way by which a stored credential leaves the
 * system as text: whoever calls this has asked for the permission and recorded the disclosure before.
 */
export const disclosed = (secret: Secret): string => secret.reveal();
