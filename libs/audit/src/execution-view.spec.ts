import { newId } from '#app/kernel';
import type { AuditEventView } from './audit-event-view.js';
import { toExecutionView } from './execution-view.js';

const AT = Date.UTC(2026, 5, 1);

const event = (change: Partial<AuditEventView>): AuditEventView => ({
  id: newId('event'),
  tenantId: newId('tenant'),
  occurredAt: new Date(AT),
  kind: 'intent',
  type: 'tool.requested',
  source: 'rest',
  requestId: 'req_1',
  executionId: 'exe_1',
  clientId: 'skc_1',
  identifier: 'user_1',
  accountId: 'ca_1',
  connectionId: 'conn_1',
  principalId: '1',
  tool: 'a_tool',
  decision: 'allow',
  reason: null,
  status: null,
  errorCode: null,
  durationMs: null,
  upstreamStatus: null,
  detail: { arguments: { a: 1 } },
  ...change,
});

const outcome = (status: string): AuditEventView =>
  event({
    kind: 'outcome',
    decision: null,
    status,
    durationMs: 12,
    detail: { result: { id: '1' }, upstream_requests: 2 },
  });

describe('toExecutionView', () => {
  it('joins an intent with its outcome', () => {
    expect(toExecutionView([event({}), outcome('success')], AT)).toMatchObject({
      executionId: 'exe_1',
      status: 'success',
      decision: 'allow',
      durationMs: 12,
      upstreamRequests: 2,
      arguments: { a: 1 },
      result: { id: '1' },
    });
  });

  it('is running while there is no outcome, and unknown once its process must have ended', () => {
    expect(toExecutionView([event({})], AT)).toMatchObject({ status: 'running', finishedAt: null, result: null });
    expect(toExecutionView([event({})], AT + 1)).toMatchObject({ status: 'unknown', finishedAt: null });
  });

  it('believes an outcome that came after the call was closed as unknown', () => {
    expect(toExecutionView([event({}), outcome('unknown'), outcome('failure')], AT).status).toBe('failure');
  });

  it('shows a refused call with its reason', () => {
    const denial = event({
      kind: 'denial',
      decision: 'deny',
      status: 'denied',
      reason: 'not allowed',
      errorCode: 'policy_denied',
    });
    expect(toExecutionView([denial], AT)).toMatchObject({
      status: 'denied',
      decision: 'deny',
      reason: 'not allowed',
      errorCode: 'policy_denied',
      arguments: { a: 1 },
    });
  });
});
