import type { JsonObject } from '#app/kernel';
import { renewalTimes } from '../refresh/refresh-schedule.js';
import { unpackCredential } from './credential-envelope.js';

/** A credential in use, as its row says. */
export interface CredentialRow {
  readonly sealed: Buffer;
  readonly generation: number;
  /** Milliseconds since the epoch, as the next. */
  readonly issuedAt: number;
  readonly expiresAt: number | null;
  /** Of the account: what the provider said when it issued the credential may name its host. */
  readonly params: JsonObject;
}

/** A ciphertext, and when what is in it is to be renewed. */
export class StoredCredential {
  readonly sealed: Buffer;
  readonly generation: number;
  readonly params: JsonObject;
  /** Until then nobody has to think about its renewal. */
  checkAt: number;
  /** From then on it is not worth sending. */
  readonly uselessAt: number;

  constructor(
    row: CredentialRow,
    /** Names it, the same on every node. */
    name: string,
    /** Whether its connector knows refresh tokens at all. */
    mayRefresh: boolean,
  ) {
    this.sealed = row.sealed;
    this.generation = row.generation;
    this.params = row.params;
    const times = mayRefresh && hasRefreshToken(row.sealed) ? renewalTimes(row, `${name} ${row.generation}`) : NEVER;
    this.checkAt = times.dueAt;
    this.uselessAt = times.uselessAt;
    this.renewable = times !== NEVER;
  }

  readonly renewable: boolean;
}

const NEVER = { dueAt: Infinity, uselessAt: Infinity };

/** A damaged one has none; opening it says what is wrong. */
function hasRefreshToken(sealed: Buffer): boolean {
  try {
    return unpackCredential(sealed).refreshToken !== null;
  } catch {
    return false;
  }
}
