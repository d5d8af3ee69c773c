/**
 * Time that has passed for the world, also while this process was stopped: the larger of what the two clocks say, since one may
 * be set back and the other stands still while a machine sleeps.
 */
export class Stopwatch {
  private readonly monotonic = performance.now();
  private readonly wall = Date.now();

  elapsedMs(): number {
    return Math.max(performance.now() - this.monotonic, Date.now() - this.wall);
  }
}
