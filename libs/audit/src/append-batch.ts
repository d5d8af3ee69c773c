import { HOLDS } from './append-statement.js';
import { ABSENT, FIELD_SEPARATOR, RECORD_SEPARATOR } from './record-lines.js';
import type { RefusalReason } from './records.js';

/** A record that waits to be appended, and what it rests on; null when it is only recorded. */
export interface Pending {
  readonly record: string;
  readonly fence: string | null;
}

/** What the append statement answers. */
export interface Appended {
  readonly records: number;
  /** Of the fences, in their order; null when there were none. */
  readonly verdicts: readonly (RefusalReason | typeof HOLDS)[] | null;
}

/**
 * The records of one append statement. Each fence goes along once: many calls of one moment rest on the same account, and looking
 * that up costs the database more than inserting them.
 */
export class AppendBatch {
  private readonly places = new Map<string, number>();

  constructor(private readonly pending: readonly Pending[]) {}

  parameters(): [records: string, fences: string] {
    let records = '';
    for (const { record, fence } of this.pending)
      records += `${RECORD_SEPARATOR}${record}${FIELD_SEPARATOR}${fence === null ? ABSENT : this.placeOf(fence)}`;
    return [records.slice(RECORD_SEPARATOR.length), [...this.places.keys()].join(RECORD_SEPARATOR)];
  }

  /** Why each record was refused, or null. An answer to anything else than what was sent is no success. */
  answers([answer]: readonly Appended[]): (RefusalReason | null)[] {
    const verdicts = answer?.verdicts ?? [];
    if (answer?.records !== this.pending.length || verdicts.length !== this.places.size)
      throw new Error(
        `Answers for ${answer?.records} audit records and ${verdicts.length} fences, not for ${this.pending.length} and ${this.places.size}`,
      );
    const refusals = verdicts.map((verdict) => (verdict === HOLDS ? null : verdict));
    return this.pending.map(({ fence }) => (fence === null ? null : (refusals[this.placeOf(fence) - 1] ?? null)));
  }

  private placeOf(fence: string): number {
    const known = this.places.get(fence);
    if (known !== undefined) return known;
    const place = this.places.size + 1;
    this.places.set(fence, place);
    return place;
  }
}
