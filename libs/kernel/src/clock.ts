/** Time, so that tests can set it. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Injection token for the {@link Clock}. */
export const CLOCK = Symbol('Clock');
