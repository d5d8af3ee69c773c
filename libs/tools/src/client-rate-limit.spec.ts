import { newId, type ClientId, type RequestContext } from '#app/kernel';
import { ClientRateLimit } from './client-rate-limit.js';

const contextOf = (clientId: string): RequestContext => ({
  requestId: newId('request'),
  tenantId: newId('tenant'),
  source: 'rest',
  caller: {
    clientId: clientId as ClientId,
    version: 1,
    secretStamp: 's',
    permissions: new Set(['tools:execute']),
    allowedTools: null,
  },
});

describe('the limit of calls per API client', () => {
  let now = 0;
  const limitOf = (callsPerMinute: number | null) =>
    new ClientRateLimit({ tools: { deadlineMs: 1, maxResponseBytes: 1, callsPerMinute } }, { now: () => now });
  const one = contextOf('skc_one');

  const takes = (limit: ClientRateLimit, count: number, ctx = one): void => {
    for (let index = 0; index < count; index++) limit.take(ctx);
  };

  it('lets a minute’s worth through at once, and says when the next may come', () => {
    const limit = limitOf(30);
    takes(limit, 30);
    expect(() => limit.take(one)).toThrow(
      expect.objectContaining({ code: 'rate_limited', details: { retry_after: 2 }, status: 429 }),
    );
    now += 1_999;
    expect(() => limit.take(one)).toThrow(/30 tool calls a minute/);
    now += 1;
    limit.take(one);
    expect(() => limit.take(one)).toThrow(/tool calls a minute/);
  });

  it('gives no more back than a minute’s worth, and nothing for a clock that was set back', () => {
    const limit = limitOf(2);
    takes(limit, 2);
    now -= 60_000;
    expect(() => limit.take(one)).toThrow(/tool calls a minute/);
    now += 10 * 60_000;
    takes(limit, 2);
    expect(() => limit.take(one)).toThrow(/tool calls a minute/);
  });

  it('counts each client of each tenant for itself, and jobs not at all', () => {
    const limit = limitOf(1);
    takes(limit, 1);
    takes(limit, 1, { ...one, tenantId: newId('tenant') });
    takes(limit, 1, contextOf('skc_two'));
    takes(limit, 5, { ...one, caller: null });
    expect(() => limit.take(one)).toThrow(/tool calls a minute/);
  });

  it('does not count where no limit is set', () => {
    expect(() => takes(limitOf(null), 10_000)).not.toThrow();
  });
});
