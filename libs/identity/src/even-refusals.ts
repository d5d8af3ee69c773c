import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** More than the look-ups and the record of a refusal take, unless the database is in trouble. */
const REFUSED_AFTER_MS = 100;

export interface Arrival {
  due(): Promise<void>;
}

/**
 * Lets every refusal of credentials take equally long. One of a client that exists waits for its record in the trail, and others have
 * none to wait for: by the time alone, a stranger could find out which clients there are.
 */
@Injectable()
export class EvenRefusals {
  /** When the credentials arrive. Where they are refused, that is told once `due` resolves. */
  begin(): Arrival {
    const began = performance.now();
    return { due: async () => sleep(leftOf(performance.now() - began)) };
  }
}

/** How long a refusal is held back that took so long to come to. */
export const leftOf = (took: number): number => Math.max(0, REFUSED_AFTER_MS - took);
