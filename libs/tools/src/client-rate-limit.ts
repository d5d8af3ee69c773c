import { APP_CONFIG, type AppConfig } from '#app/config';
import { AppError, CLOCK, type Clock, type RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const MOST_CLIENTS = 10_000;
const MINUTE_MS = 60_000;

interface Bucket {
  /** Calls that may be made at once. */
  left: number;
  filledAt: number;
}

/**
 * How many tool calls an API client may ask for, by whichever door: a minute's worth at once, and what has come back since. Counted
 * on each node for itself, so that it costs no round trip; behind a balancer the limit of all nodes together is their sum.
 */
@Injectable()
export class ClientRateLimit {
  private readonly buckets = new LRUCache<string, Bucket>({ max: MOST_CLIENTS });
  private readonly perMinute: number | null;

  constructor(
    @Inject(APP_CONFIG) config: Pick<AppConfig, 'tools'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.perMinute = config.tools.callsPerMinute;
  }

  /** Counts a call. Throws `rate_limited`, and when to come back, for one too many. */
  take({ tenantId, caller }: RequestContext): void {
    if (this.perMinute === null || caller === null) return;
    const bucket = this.filled(`${tenantId}/${caller.clientId}`, this.perMinute);
    if (bucket.left < 1) throw tooMany(this.perMinute, ((1 - bucket.left) * MINUTE_MS) / this.perMinute);
    bucket.left -= 1;
  }

  private filled(key: string, perMinute: number): Bucket {
    const now = this.clock.now();
    const bucket = this.buckets.get(key) ?? { left: perMinute, filledAt: now };
    // a clock that was set back takes nothing away
    const back = (Math.max(0, now - bucket.filledAt) * perMinute) / MINUTE_MS;
    bucket.left = Math.min(perMinute, bucket.left + back);
    bucket.filledAt = now;
    this.buckets.set(key, bucket);
    return bucket;
  }
}

const tooMany = (perMinute: number, waitMs: number): AppError =>
  new AppError(
    'rate_limited',
    `This API client may make ${perMinute} tool calls a minute. Nothing was sent to the provider; call again later.`,
    { details: { retry_after: Math.max(1, Math.ceil(waitMs / 1000)) } },
  );
