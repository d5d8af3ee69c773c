import { OAuthServerRecords } from '#app/identity';
import { CLOCK, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const MINUTE = 60_000;
const MOST_OF_ONE_ADDRESS = 10;
/** Of all addresses together, on all nodes: what is registered and not used is kept for a day. */
const MOST_IN_AN_HOUR = 2_000;

/** Anybody may register an OAuth client, so only so many at a time. */
@Injectable()
export class RegistrationLimit {
  /** Of addresses, which belong to no tenant. */
  private readonly recent = new LRUCache<string, { count: number }>({ max: 10_000 });
  private minute = 0;

  constructor(
    private readonly records: OAuthServerRecords,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async allows(address: string): Promise<boolean> {
    const now = this.clock.now();
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.minute) this.recent.clear();
    this.minute = minute;
    const seen = this.recent.get(address) ?? { count: 0 };
    seen.count += 1;
    this.recent.set(address, seen);
    if (seen.count > MOST_OF_ONE_ADDRESS) return false;
    return (await this.records.countSince('Client', now - 60 * MINUTE)) < MOST_IN_AN_HOUR;
  }
}
