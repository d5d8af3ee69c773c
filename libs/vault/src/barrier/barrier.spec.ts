import { createSecretKey, randomBytes } from 'node:crypto';
import { newId } from '#app/kernel';
import { bindingFor, neighboursOf, reasonOf } from '../../test/vault-fixtures.js';
import { canonical, encrypt } from './aead.js';
import { openRecord, sealRecord } from './barrier.js';
import { DataKey } from './data-key.js';
import { RecordKeyMemory } from './record-key-memory.js';
import { readEnvelope, writeHeader } from './envelope.js';
import { associatedData } from './seal-binding.js';

const memory = new RecordKeyMemory(1_000);
const key = DataKey.take(1, randomBytes(32), memory);
const binding = bindingFor(newId('tenant'));
const secret = Buffer.from('canary-access-token-of-a-user');

const open = (record: Buffer, withKey = key, place = binding): Buffer =>
  openRecord(withKey, place, readEnvelope(record));

/** A million take a minute, which is for a run of their own: see CONTRIBUTING.md. */
const SEALS = Number(process.env['GATEHOUSE_TEST_SEALS'] ?? 100_000);

describe('the barrier', () => {
  it('opens what it sealed, in its place', () => {
    expect(open(sealRecord(key, binding, secret))).toEqual(secret);
    expect(open(sealRecord(key, binding, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  it('opens more records than it remembers the keys of, each as often as asked', () => {
    const records = Array.from({ length: 1_100 }, (_, n) => sealRecord(key, binding, Buffer.from(`secret ${n}`)));
    for (const _round of [1, 2]) records.forEach((record, n) => expect(open(record).toString()).toBe(`secret ${n}`));
  });

  it('V1 opens no record in which any one bit was changed', async () => {
    const record = sealRecord(key, binding, secret);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const changed = Buffer.from(record);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect([bit, await reasonOf(() => open(changed))]).toEqual([
        bit,
        expect.stringMatching(/^(malformed|unknown_format|unknown_key|not_authentic)$/),
      ]);
    }
  });

  it('V1 opens no record that was cut, at either end or anywhere, or made longer', async () => {
    const record = sealRecord(key, binding, secret);
    for (let at = 0; at < record.length; at++) {
      expect(typeof (await reasonOf(() => open(record.subarray(0, at))))).toBe('string');
      expect(typeof (await reasonOf(() => open(record.subarray(at + 1))))).toBe('string');
      const without = Buffer.concat([record.subarray(0, at), record.subarray(at + 1)]);
      expect(typeof (await reasonOf(() => open(without)))).toBe('string');
    }
    expect(await reasonOf(() => open(Buffer.concat([record, Buffer.alloc(1)])))).toBe('not_authentic');
  });

  it('V2 opens no record for another tenant, connection, account, field, version or generation', async () => {
    const record = sealRecord(key, binding, secret);
    for (const place of neighboursOf(binding))
      expect(await reasonOf(() => open(record, key, place))).toBe('not_authentic');
  });

  it(`V3 gives a different record each time, with no salt and nonce twice in ${SEALS}`, () => {
    const seen = new Set<string>();
    for (let i = 0; i < SEALS; i++) {
      const { salt, nonce } = readEnvelope(sealRecord(key, binding, secret));
      seen.add(salt.toString('latin1') + nonce.toString('latin1'));
    }
    expect(seen.size).toBe(SEALS);
  });

  it('V8 refuses unknown formats and what is no record, and never takes it for plaintext', async () => {
    const record = sealRecord(key, binding, secret);
    for (const format of [0, 2, 255]) {
      const other = Buffer.from(record);
      other.writeUInt8(format, 4);
      expect(await reasonOf(() => open(other))).toBe('unknown_format');
    }
    for (const text of ['', 'plain-token', '{"access_token":"x"}', 'x'.repeat(200)])
      expect(await reasonOf(() => open(Buffer.from(text)))).toBe('malformed');
  });

  it('V8 refuses a record of another key, also one of the same version', async () => {
    const record = sealRecord(key, binding, secret);
    expect(await reasonOf(() => open(record, DataKey.take(1, randomBytes(32), memory)))).toBe('unknown_key');
  });

  it('commits to the key: a record with another commitment does not open, even where key, tag and place are right', async () => {
    const salt = randomBytes(16);
    const nonce = randomBytes(12);
    const forge = (commitment: Buffer): Buffer => {
      const header = writeHeader({ keyVersion: 1, keyId: key.id, salt, nonce, commitment });
      const recordKey = createSecretKey(key.derive('record-key', salt));
      return Buffer.concat([header, encrypt(recordKey, nonce, associatedData(header, binding), secret)]);
    };
    expect(open(forge(key.derive('commitment', salt).subarray(0, 16)))).toEqual(secret);
    expect(await reasonOf(() => open(forge(randomBytes(16))))).toBe('not_authentic');
  });

  it.each(['version', 'generation'] as const)('binds each %s up to the largest exact number, and no others', (part) => {
    const place = { ...binding, [part]: Number.MAX_SAFE_INTEGER };
    expect(open(sealRecord(key, place, secret), key, place)).toEqual(secret);
    for (const value of [-1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])
      expect(() => associatedData(Buffer.alloc(0), { ...binding, [part]: value })).toThrow(RangeError);
  });

  it('opens records from before there were generations as generation 0', () => {
    const { tenantId, connectionId, accountId, kind, version } = binding;
    const versionBytes = Buffer.alloc(8);
    versionBytes.writeBigUInt64BE(BigInt(version));
    const header = Buffer.from('header');
    expect(associatedData(header, { ...binding, generation: 0 })).toEqual(
      canonical([header, tenantId, connectionId, accountId, kind, versionBytes]),
    );
  });
});

describe('DataKey', () => {
  it('wipes the bytes it was made of', () => {
    const bytes = randomBytes(32);
    DataKey.take(1, bytes, memory);
    expect(bytes).toEqual(Buffer.alloc(32));
  });

  it('refuses bytes of another length', () => {
    expect(() => DataKey.take(1, randomBytes(16), memory)).toThrow('32 bytes');
  });
});
