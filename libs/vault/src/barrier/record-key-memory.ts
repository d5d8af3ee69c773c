import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** About a kilobyte each. */
const MOST_RECORD_KEYS = 10_000;

/** What opens one record: a key of its own, and the commitment that must stand in it. */
export interface RecordKeys {
  readonly key: KeyObject;
  readonly commitment: Buffer;
}

interface Known {
  /** The data key. */
  readonly of: object;
  readonly keys: RecordKeys;
}

/**
 * The record keys that a keyring remembers, of all of its data keys together: those used last. Salts are random, so a salt names
 * a record; that of one data key is never handed out for another.
 */
export class RecordKeyMemory {
  private readonly bySalt: LRUCache<string, Known>;
  /** What is remembered of each data key. One that is not here was dropped, or has opened nothing yet. */
  private readonly saltsOf = new Map<object, Set<string>>();

  constructor(most = MOST_RECORD_KEYS) {
    this.bySalt = new LRUCache({ max: most, dispose: ({ of }, salt) => this.forgetSalt(of, salt) });
  }

  get size(): number {
    return this.bySalt.size;
  }

  get(of: object, salt: string): RecordKeys | null {
    const known = this.bySalt.get(salt);
    return known?.of === of ? known.keys : null;
  }

  remember(of: object, salt: string, keys: RecordKeys): void {
    this.bySalt.set(salt, { of, keys });
    const salts = this.saltsOf.get(of);
    if (salts === undefined) this.saltsOf.set(of, new Set([salt]));
    else salts.add(salt);
  }

  /** Called when the data key is dropped: its record keys live no longer than it. */
  forget(of: object): void {
    for (const salt of this.saltsOf.get(of) ?? []) this.bySalt.delete(salt);
  }

  private forgetSalt(of: object, salt: string): void {
    const salts = this.saltsOf.get(of);
    salts?.delete(salt);
    if (salts?.size === 0) this.saltsOf.delete(of);
  }
}
