import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { RecordKeyMemory, RecordKeys } from './record-key-memory.js';

export const DATA_KEY_BYTES = 32;
export const KEY_ID_BYTES = 8;

const NO_SALT = Buffer.alloc(0);
export const COMMITMENT_BYTES = 16;

/** What is derived from a data key. None is the beginning of another: each ends in its only zero byte. */
const PURPOSES = {
  'key-id': Buffer.from('gatehouse/key-id\0'),
  'record-key': Buffer.from('gatehouse/record-key\0'),
  commitment: Buffer.from('gatehouse/commitment\0'),
};

/** One version of a tenant's data key. The bytes stay in OpenSSL's memory, outside of the JavaScript heap. */
export class DataKey {
  /** Names this very key without telling anything of it; stands in every ciphertext. */
  readonly id: Buffer;
  private dropped = false;

  private constructor(
    readonly version: number,
    private readonly key: KeyObject,
    private readonly memory: RecordKeyMemory,
  ) {
    this.id = this.derive('key-id').subarray(0, KEY_ID_BYTES);
  }

  /** Takes the bytes over and wipes them. The record keys that it remembers lie in the memory, as long as there is room. */
  static take(version: number, bytes: Buffer, memory: RecordKeyMemory): DataKey {
    if (bytes.length !== DATA_KEY_BYTES) throw new RangeError(`A data key has ${DATA_KEY_BYTES} bytes`);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return new DataKey(version, key, memory);
  }

  /** The keys of the record that has this salt. */
  recordKeys(salt: Buffer): RecordKeys {
    return {
      key: createSecretKey(this.derive('record-key', salt)),
      commitment: this.derive('commitment', salt).subarray(0, COMMITMENT_BYTES),
    };
  }

  /** As {@link recordKeys}, remembered: a credential is opened for every call, and deriving its keys costs twice the opening. */
  knownRecordKeys(salt: Buffer): RecordKeys {
    const name = salt.toString('latin1');
    const known = this.memory.get(this, name);
    if (known !== null) return known;
    const keys = this.recordKeys(salt);
    if (!this.dropped) this.memory.remember(this, name, keys);
    return keys;
  }

  /** Forgets the record keys, and remembers none from now on: whoever still holds this key may only end what is under way. */
  drop(): void {
    this.dropped = true;
    this.memory.forget(this);
  }

  /** HMAC-SHA-256 over a purpose and a salt: 32 bytes that say nothing about the key or about each other. */
  derive(purpose: keyof typeof PURPOSES, salt: Buffer = NO_SALT): Buffer {
    return createHmac('sha256', this.key).update(PURPOSES[purpose]).update(salt).digest();
  }
}
