import { AppError } from '#app/kernel';
import { FairQueue } from './fair-queue.js';

export interface BatcherOptions<In, Out> {
  /** Flushes that may run at once. */
  readonly lanes: number;
  /** Items of one flush. */
  readonly maxBatch: number;
  /** Items that may wait; more are refused. One group may have as many waiting as there are places left. */
  readonly maxQueue: number;
  /**
   * Whether an idle lane first lets the event loop finish its turn, so that items of requests that arrived together leave together.
   * It costs an idle server nothing: there is no timer, and the turn ends when there is nothing left to do in it.
   */
  readonly gathers?: boolean;
  /** Does the work for all items at once and returns their results in the same order. */
  flush(items: readonly In[]): Promise<readonly Out[]>;
}

interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (result: Out) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: items that arrive while every lane is busy go out together with the next flush. An idle lane takes an item at
 * once, or at the end of the event loop's turn, so nothing ever waits for a timer.
 *
 * Fair to groups (tenants): flushes take from each in turn, and a group may wait with no more items than there are places left.
 * However much one of them sends, there is room for the others, and theirs go out with the next flush.
 */
export class Batcher<In, Out> {
  private readonly queue = new FairQueue<Waiting<In, Out>>();
  private readonly idlers: (() => void)[] = [];
  private busyLanes = 0;
  private gathering = false;

  constructor(private readonly options: BatcherOptions<In, Out>) {}

  /**
   * Resolves with the item's own result. A flush that fails rejects every item of its batch, and no other.
   *
   * @throws {AppError} `not_available` when too many are waiting
   */
  add(item: In, group = ''): Promise<Out> {
    if (!this.hasRoom(group, this.options.maxQueue)) {
      const message = 'Too many requests are waiting for the database, so this one was refused. Try again in a moment.';
      return Promise.reject(new AppError('not_available', message));
    }
    return new Promise<Out>((resolve, reject) => {
      this.queue.push(group, { item, resolve, reject });
      if (this.options.gathers === true) this.fillSoon();
      else this.fillLanes();
    });
  }

  /** Whether one more of this group may wait in the first `places` of the queue. */
  hasRoom(group: string, places: number): boolean {
    return this.queue.lengthOf(group) < places - this.queue.length;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void> {
    if (this.busyLanes === 0 && this.queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idlers.push(resolve));
  }

  private fillSoon(): void {
    if (this.gathering || this.busyLanes === this.options.lanes) return;
    this.gathering = true;
    setImmediate(() => {
      this.gathering = false;
      this.fillLanes();
    });
  }

  private fillLanes(): void {
    while (this.busyLanes < this.options.lanes && this.queue.length > 0) {
      this.busyLanes += 1;
      void this.runLane(this.queue.take(this.options.maxBatch));
    }
  }

  private async runLane(batch: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await this.options.flush(batch.map(({ item }) => item));
      if (results.length !== batch.length)
        throw new Error(`A flush of ${batch.length} items returned ${results.length} results`);
      batch.forEach(({ resolve }, index) => resolve(results[index] as Out));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
    this.busyLanes -= 1;
    this.fillLanes();
    if (this.busyLanes === 0) this.idlers.splice(0).forEach((wake) => wake());
  }
}
