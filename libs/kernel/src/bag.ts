/** A value in a {@link Bag}, and where. */
export interface Kept<T> {
  readonly value: T;
  place: number;
}

/**
 * What is under way: values that come and go with every call, in no order.
 *
 * A `Set` would do, if it were not for how V8 collects garbage. When a set makes room, its old table points to the new one; once an
 * old table has come into the old generation, it keeps every later one and all that each held, dead as they are, until the next
 * full collection.
 */
export class Bag<T> {
  private readonly all: Kept<T>[] = [];

  /** What to {@link remove} it by. */
  add(value: T): Kept<T> {
    const kept = { value, place: this.all.length };
    this.all.push(kept);
    return kept;
  }

  /** Does nothing when it was removed before. */
  remove(kept: Kept<T>): void {
    if (this.all[kept.place] !== kept) return;
    const last = this.all.pop();
    if (last === undefined || last === kept) return;
    this.all[kept.place] = last;
    last.place = kept.place;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const { value } of this.all) yield value;
  }
}
