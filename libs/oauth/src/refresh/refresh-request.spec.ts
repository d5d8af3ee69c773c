import type { Connector } from '#app/connector-kit';
import { EgressError, type EgressClient, type EgressErrorKind, type EgressResponse } from '#app/egress';
import { Secret } from '#app/kernel';
import type { Material } from './refresh-material.js';
import { RefreshRequest, type PreparedRedemption, type RefreshAnswer } from './refresh-request.js';
import { RefreshTimings } from './refresh-timings.js';

type Verdict = ReturnType<Material['settings']['judge']>;

const prepared = (verdict: Verdict): PreparedRedemption => ({
  material: {
    app: { connector: {} as Connector },
    settings: { judge: () => verdict },
    refreshToken: new Secret('refresh-token'),
    clientSecret: new Secret('client-secret'),
  } as unknown as Material,
  request: {} as PreparedRedemption['request'],
});

/** What a redemption comes to whose exchange ends like this. */
const redeemed = (exchange: () => Promise<EgressResponse>, verdict: Verdict = 'outage'): Promise<RefreshAnswer> => {
  const egress = { send: exchange } as unknown as EgressClient;
  return new RefreshRequest(egress, new RefreshTimings(), { now: () => 0 }).redeem(prepared(verdict), () => true);
};
const answered = (status: number, headers: Record<string, string> = {}) => {
  return () => Promise.resolve({ status, headers, body: Buffer.from('{"error":"server_error"}') });
};
const broken = (kind: EgressErrorKind, sent: boolean) => () => Promise.reject(new EgressError(kind, 'It broke', sent));

describe('what is known of a refresh token behind a redemption', () => {
  it.each([408, 502, 504])('R2 nothing, where somebody in front of the provider answers: HTTP %i', async (status) => {
    expect(await redeemed(answered(status))).toEqual({ kind: 'no_answer', code: `http_${status}` });
  });

  it.each([429, 500, 503])('R4 that it is unspent, where the provider itself fails: HTTP %i', async (status) => {
    expect(await redeemed(answered(status, { 'retry-after': '30' }))).toEqual({
      kind: 'outage',
      code: 'server_error',
      retryAfterMs: 30_000,
    });
  });

  it.each(['timeout', 'aborted', 'network', 'refused'] as const)(
    'R2 that it is unspent, where it never left: %s',
    async (kind) => {
      expect(await redeemed(broken(kind, false))).toEqual({ kind: 'not_sent', code: kind });
    },
  );

  it.each(['timeout', 'network', 'too_large', 'truncated'] as const)(
    'R2 nothing, where it left and no answer can be read: %s',
    async (kind) => {
      expect(await redeemed(broken(kind, true))).toEqual({ kind: 'no_answer', code: kind });
    },
  );

  it('R4 that it is unspent, where the provider sends elsewhere', async () => {
    expect(await redeemed(broken('redirect', true))).toEqual({ kind: 'outage', code: 'redirect', retryAfterMs: null });
  });
});
