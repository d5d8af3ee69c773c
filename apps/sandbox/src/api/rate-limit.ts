import type { Clock } from '#app/kernel';

export const WINDOW_SECONDS = 10;
/** 10,000 a minute, spread over windows of ten seconds. */
export const INTERCOM_REQUESTS_PER_WINDOW = 1666;

export interface Allowance {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts requests per app and workspace in fixed windows, as Intercom says it does, and reports it in the same headers. */
export class RateLimit {
  private readonly used = new Map<string, number>();
  private windowStart = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
  ) {}

  take(key: string): Allowance {
    const seconds = Math.floor(this.clock.now() / 1000);
    const start = seconds - (seconds % WINDOW_SECONDS);
    if (start !== this.windowStart) this.used.clear();
    this.windowStart = start;
    const used = (this.used.get(key) ?? 0) + 1;
    this.used.set(key, used);
    return {
      allowed: used <= this.limit,
      headers: rateLimitHeaders(this.limit, Math.max(0, this.limit - used), start + WINDOW_SECONDS),
    };
  }

  forget(): void {
    this.used.clear();
  }
}

/** @param reset epoch seconds */
export function rateLimitHeaders(limit: number, remaining: number, reset: number): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
}
