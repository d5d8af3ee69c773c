import fc from 'fast-check';
import { newId } from '#app/kernel';
import { cleanText } from './clean-text.js';
import { ABSENT, FENCE_FIELDS, FIELDS, FIELD_SEPARATOR, RECORD_SEPARATOR, RESERVED } from './record-lines.js';
import { RecordText } from './record-text.js';
import type { ToolIntent } from './records.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const records = new RecordText({ now: () => NOW });

/** The record as the database reads it: absent fields left out. */
function read(line: string): Record<string, unknown> {
  const values = line.split(FIELD_SEPARATOR);
  expect(values).toHaveLength(FIELDS.length);
  const fields = FIELDS.map((name, at) => [name, values[at]] as const).filter(([, value]) => value !== ABSENT);
  const { detail, ...columns } = Object.fromEntries(fields);
  return { ...columns, detail: JSON.parse(detail ?? '') as unknown };
}

const intent = (): ToolIntent => ({
  executionId: newId('execution'),
  requestId: newId('request'),
  tenantId: newId('tenant'),
  source: 'rest',
  clientId: 'skc_1',
  identifier: 'user_1',
  accountId: 'ca_1',
  connectionId: 'conn_1',
  principalId: '814860',
  tool: 'intercom_conversation_get',
  arguments: { conversation_id: '1' },
  agentRunId: 'run-7',
  idempotencyKey: 'key-7',
  toolset: ['intercom_conversation_get'],
  fence: { accountVersion: 4, clientVersion: 2 },
});

describe('RecordText', () => {
  it('writes an intent with what it was decided on in the detail', () => {
    expect(read(records.intent(intent()))).toMatchObject({
      kind: 'intent',
      type: 'tool.requested',
      occurred_at: '2026-06-01T12:00:00.000Z',
      decision: 'allow',
      detail: {
        arguments: { conversation_id: '1' },
        account_version: 4,
        client_version: 2,
        agent_run_id: 'run-7',
        idempotency_key: 'key-7',
        toolset: ['intercom_conversation_get'],
      },
    });
  });

  it('cuts texts of columns that a caller chose, so that an index can hold them', () => {
    const { tool, identifier } = read(records.intent({ ...intent(), tool: 'x'.repeat(1_000_000), identifier: 'a\0b' }));
    expect(tool).toBe(`${'x'.repeat(500)}… [cut, 1000000 characters in all]`);
    expect(identifier).toBe('ab');
  });

  it.each([
    [1.6, 2],
    [-5, 0],
    [1e12, 2_147_483_647],
    [NaN, undefined],
    [null, undefined],
  ])('writes a duration of %p as %p', (durationMs, written) => {
    const outcome = {
      ...intent(),
      status: 'success',
      errorCode: null,
      durationMs,
      upstreamStatus: 200,
      upstreamRequests: 1,
      result: {},
    };
    const record = read(records.outcome({ ...outcome, status: 'success' }));
    expect(record['duration_ms']).toBe(written === undefined ? undefined : String(written));
  });

  it('writes as its fence what an intent was decided on, and nothing that differs between calls', () => {
    const first = intent();
    const fence = records.fence(first);
    expect(fence.split(FIELD_SEPARATOR)).toEqual([first.tenantId, 'skc_1', 'ca_1', '4', '2']);
    const other: ToolIntent = { ...intent(), tenantId: first.tenantId, tool: 'intercom_contact_get' };
    expect(records.fence(other)).toBe(fence);
    const withoutClient = { ...first, clientId: null, fence: { accountVersion: 4, clientVersion: null } };
    expect(records.fence(withoutClient).split(FIELD_SEPARATOR)).toEqual([first.tenantId, ABSENT, 'ca_1', '4', ABSENT]);
  });

  it('writes a denial as decided', () => {
    const denial = read(records.denial({ ...intent(), reason: 'no', errorCode: 'policy_denied', durationMs: 1 }));
    expect(denial).toMatchObject({
      kind: 'denial',
      type: 'tool.refused',
      decision: 'deny',
      status: 'denied',
      reason: 'no',
    });
  });

  it('A1 keeps fields and records apart, whatever the texts hold', () => {
    const control = fc.constantFrom(ABSENT, FIELD_SEPARATOR, RECORD_SEPARATOR, '\n', '"', '\\', '\ud800');
    const texts = fc
      .array(fc.oneof(control, fc.string({ unit: 'binary', maxLength: 5 })))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, texts, texts, (identifier, tool, argument) => {
        const line = records.intent({ ...intent(), identifier, tool, arguments: { [argument]: argument } });
        expect(line).not.toContain(RECORD_SEPARATOR);
        const fence = records.fence({ ...intent(), clientId: identifier, accountId: tool });
        expect(fence).not.toContain(RECORD_SEPARATOR);
        expect(fence.split(FIELD_SEPARATOR)).toHaveLength(FENCE_FIELDS.length);
        const record = read(line);
        expect(record['kind']).toBe('intent');
        expect(record['identifier']).toBe(cleanText(identifier, 500).replace(RESERVED, '\uFFFD'));
      }),
    );
  });
});
