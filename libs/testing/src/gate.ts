/** A place where a test can hold what passes, and let it go when it has seen what it wanted: latency without a clock. */
export class Gate {
  private held: (() => void)[] = [];
  private watchers: { readonly count: number; readonly seen: () => void }[] = [];
  private closed = false;

  /** From now on everything waits here. */
  close(): void {
    this.closed = true;
  }

  /** Lets go what waits, and whatever comes after. */
  open(): void {
    this.closed = false;
    for (const release of this.held.splice(0)) release();
  }

  /** Resolves when so many wait here. */
  arrived(count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ count, seen: resolve });
      this.tell();
    });
  }

  async pass(): Promise<void> {
    if (!this.closed) return;
    await new Promise<void>((resolve) => {
      this.held.push(resolve);
      this.tell();
    });
  }

  private tell(): void {
    const due = this.watchers.filter(({ count }) => this.held.length >= count);
    this.watchers = this.watchers.filter((watcher) => !due.includes(watcher));
    for (const { seen } of due) seen();
  }
}
