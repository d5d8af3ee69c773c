import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export const DATA_KEY_BYTES = 32;
export const KEY_ID_BYTES = 8;

const NO_SALT = Buffer.alloc(0);
/** About a kilobyte each. */
const MOST_RECORD_KEYS = 1_000;
export const COMMITMENT_BYTES = 16;

/** What is derived from a data key. None is the beginning of another: each ends in its only zero byte. */
const PURPOSES = {
  'key-id': Buffer.from('gatehouse/key-id\0'),
  'record-key': Buffer.from('gatehouse/record-key\0'),
  commitment: Buffer.from('gatehouse/commitment\0'),
};

/** What opens one record: a key of its own, and the commitment that must stand in it. */
export interface RecordKeys {
  readonly key: KeyObject;
  readonly commitment: Buffer;
}

/** One version of a tenant's data key. The bytes stay in OpenSSL's memory, outside of the JavaScript heap. */
export class DataKey {
  /** Names this very key without telling anything of it; stands in every ciphertext. */
  readonly id: Buffer;
  /** By salt. They live in OpenSSL's memory as the data key does, and no longer than it. */
  private readonly derived = new Map<string, RecordKeys>();

  private constructor(
    readonly version: number,
    private readonly key: KeyObject,
  ) {
    this.id = this.derive('key-id').subarray(0, KEY_ID_BYTES);
  }

  /** Takes the bytes over and wipes them. */
  static take(version: number, bytes: Buffer): DataKey {
    if (bytes.length !== DATA_KEY_BYTES) throw new RangeError(`A data key has ${DATA_KEY_BYTES} bytes`);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return new DataKey(version, key);
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
    const known = this.derived.get(name);
    if (known !== undefined) return known;
    const keys = this.recordKeys(salt);
    if (this.derived.size === MOST_RECORD_KEYS) this.derived.clear();
    this.derived.set(name, keys);
    return keys;
  }

  /** HMAC-SHA-256 over a purpose and a salt: 32 bytes that say nothing about the key or about each other. */
  derive(purpose: keyof typeof PURPOSES, salt: Buffer = NO_SALT): Buffer {
    return createHmac('sha256', this.key).update(PURPOSES[purpose]).update(salt).digest();
  }
}
