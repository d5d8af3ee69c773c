import type { ClientId } from '#app/kernel';

/** A client id as we make them, or as an operator may choose the first one. */
export const isClientId = (text: string): text is ClientId => /^skc_[\w-]{1,28}$/.test(text);
