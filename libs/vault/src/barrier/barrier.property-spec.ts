import { randomBytes } from 'node:crypto';
import { INSTALLATION_TENANT, newId } from '#app/kernel';
import { array, assert, constantFrom, nat, oneof, property, record as recordOf, string, uint8Array } from 'fast-check';
import { canonical } from './aead.js';
import { openRecord, sealRecord } from './barrier.js';
import { DataKey } from './data-key.js';
import { RecordKeyMemory } from './record-key-memory.js';
import { readEnvelope } from './envelope.js';
import type { SealBinding } from './seal-binding.js';

const text = oneof(string(), string({ unit: 'binary' }));
const bindings = recordOf({
  tenantId: constantFrom(newId('tenant'), newId('tenant'), INSTALLATION_TENANT),
  connectionId: text,
  accountId: text,
  kind: constantFrom<SealBinding['kind']>(
    'access_token',
    'credential',
    'client_secret',
    'pkce_verifier',
    'signing_key',
  ),
  version: nat(),
  generation: nat({ max: 3 }),
});
const plaintexts = uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes));
const memory = new RecordKeyMemory(1_000);
const key = DataKey.take(7, randomBytes(32), memory);

// A lone surrogate has no bytes of its own in UTF-8
const inUtf8 = (binding: SealBinding): string => Buffer.from(Object.values(binding).join('\0')).toString('hex');

describe('the barrier, for any value and place', () => {
  it('opens what it sealed', () => {
    assert(
      property(bindings, plaintexts, (binding, plaintext) => {
        const sealed = sealRecord(key, binding, plaintext);
        expect(openRecord(key, binding, readEnvelope(sealed))).toEqual(plaintext);
      }),
    );
  });

  it('opens nothing in a place that differs', () => {
    assert(
      property(bindings, bindings, plaintexts, (binding, other, plaintext) => {
        if (inUtf8(binding) === inUtf8(other)) return;
        const sealed = readEnvelope(sealRecord(key, binding, plaintext));
        expect(() => openRecord(key, other, sealed)).toThrow('could not be opened');
      }),
    );
  });

  it('takes any bytes for a record without harm', () => {
    assert(
      property(uint8Array({ maxLength: 200 }), bindings, (bytes, binding) => {
        const record = Buffer.concat([Buffer.from('GHSR\x01', 'latin1'), bytes]);
        expect(() => openRecord(key, binding, readEnvelope(record))).toThrow('could not be opened');
      }),
    );
  });
});

describe('canonical', () => {
  it('gives different bytes for different lists', () => {
    const lists = array(
      uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 5 },
    );
    assert(
      property(lists, lists, (a, b) => {
        const same = a.length === b.length && a.every((part, i) => part.equals(b[i] ?? Buffer.from('other')));
        expect(canonical(a).equals(canonical(b))).toBe(same);
      }),
    );
  });
});
