/**
 * Items of many groups, taken in turns: one of each group that waits, then one more of each, so that a group with a thousand
 * items delays a group with one by no more than one item.
 */
export class FairQueue<T> {
  private readonly groups = new Map<string, T[]>();
  private readonly ring: { readonly name: string; readonly items: T[] }[] = [];
  private turn = 0;
  private size = 0;

  get length(): number {
    return this.size;
  }

  /** How many of this group wait. */
  lengthOf(group: string): number {
    return this.groups.get(group)?.length ?? 0;
  }

  push(group: string, item: T): void {
    this.size += 1;
    const items = this.groups.get(group);
    if (items !== undefined) {
      items.push(item);
      return;
    }
    const first = [item];
    this.groups.set(group, first);
    this.ring.push({ name: group, items: first });
  }

  /** Up to `most` items; those of one group in the order in which they came. */
  take(most: number): T[] {
    const taken: T[] = [];
    while (taken.length < most && this.ring.length > 1) this.takeOne(taken);
    const last = this.ring[0];
    if (last !== undefined && taken.length < most) {
      taken.push(...last.items.splice(0, most - taken.length));
      if (last.items.length === 0) this.leave(0);
    }
    this.size -= taken.length;
    return taken;
  }

  private takeOne(taken: T[]): void {
    if (this.turn >= this.ring.length) this.turn = 0;
    const { items } = this.ring[this.turn] as { items: T[] };
    taken.push(items.shift() as T);
    if (items.length === 0) this.leave(this.turn);
    else this.turn += 1;
  }

  /** Whoever comes next in the ring moves to this place, so the turn stays where it is. */
  private leave(place: number): void {
    const [gone] = this.ring.splice(place, 1);
    if (gone !== undefined) this.groups.delete(gone.name);
  }
}
