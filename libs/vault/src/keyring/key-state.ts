/**
 * The life of a data key:
 *
 * - `staged`: made, and being loaded by every node; nothing is sealed with it yet
 * - `primary`: what is sealed from now on; one per tenant
 * - `retired`: opens what it sealed, which is being sealed anew
 * - `destroyed`: gone; only its row is left, for the history
 */
export type KeyState = 'staged' | 'primary' | 'retired' | 'destroyed';
