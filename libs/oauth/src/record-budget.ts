import type { Clock } from '#app/kernel';

/** How many audit records strangers may cause: so many per key and minute on this node, so that nobody can fill the trail. */
export class RecordBudget {
  private minute = 0;
  private readonly spent = new Map<string, number>();

  constructor(
    private readonly perMinute: number,
    private readonly clock: Clock,
  ) {}

  /** Whether one more record may be written for this key. */
  take(key: string): boolean {
    const minute = Math.floor(this.clock.now() / 60_000);
    if (minute !== this.minute) this.spent.clear();
    this.minute = minute;
    const taken = (this.spent.get(key) ?? 0) + 1;
    this.spent.set(key, taken);
    return taken <= this.perMinute;
  }
}
