import { createUlidFactory, type Clock, type EventId } from '#app/kernel';
import { encodeTime } from 'ulid';

const MAX_TIME = 2 ** 48 - 1;

/**
 * Ids of audit events whose ULID carries exactly the time of the event, so that the order of ids is the order of time and an
 * id (a cursor, a bound) says which partitions to look into.
 *
 * The time never runs backwards within a process: after the system clock was set back, events keep the last time until it
 * catches up.
 */
export class EventIds {
  private readonly nextUlid = createUlidFactory();
  private last = 0;

  constructor(private readonly clock: Clock) {}

  next(): { readonly id: EventId; readonly at: number } {
    this.last = Math.max(this.last, this.clock.now());
    return { id: `evt_${this.nextUlid(this.last)}` as EventId, at: this.last };
  }
}

/** The lowest id an event of this time (milliseconds since the epoch) can have. */
export function firstIdAt(time: number): string {
  return `evt_${encodeTime(Math.min(Math.max(Math.trunc(time), 0), MAX_TIME), 10)}${'0'.repeat(16)}`;
}
