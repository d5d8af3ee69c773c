import type { AuditTrail } from '#app/audit';
import type { AppConfig } from '#app/config';
import { newId, systemClock, type RequestContext } from '#app/kernel';
import type { AccountForCall, ConnectedAccountsService, CredentialLease, LeasedHttp } from '#app/oauth';
import { rotorConnectors } from '#app/testing';
import type { ReadyExecution } from './execution.js';
import { ProviderCall } from './provider-call.js';
import type { ReconnectLink } from './reconnect-link.js';

describe('a call whose credential the provider refuses', () => {
  const found = rotorConnectors({ rotor: { rotates: true } }).findTool('rotor_things_get');
  const id = newId('account');
  const principal = { id: '1', label: null, tenant: null, facts: {}, params: {} };
  const account = { id, version: 7, params: {}, principal } as unknown as AccountForCall;
  let marked: unknown[];

  /** A call whose client has another generation with each renewal, all of them refused. */
  const call = (generations: readonly number[], status: 'ACTIVE' | 'EXPIRED') => {
    let at = 0;
    const http: LeasedHttp = {
      get generation() {
        return generations[at] ?? Number.NaN;
      },
      redact: (text) => text,
      renew: async () => at + 1 < generations.length && (at += 1) > 0,
      send: async () => ({ status: 401, headers: {}, body: Buffer.from('{}') }),
    };
    const accounts = {
      markRevokedByProvider: async (_ctx: RequestContext, refused: unknown, _reason: string, loss: string) => {
        marked.push(refused, loss);
        return status;
      },
    } as unknown as ConnectedAccountsService;
    const provider = new ProviderCall(
      { authorise: async () => http } as unknown as CredentialLease,
      accounts,
      { forAccount: async () => null } as unknown as ReconnectLink,
      { refusalOf: async () => null } as unknown as AuditTrail,
      { tools: { deadlineMs: 30_000 } } as AppConfig,
      systemClock,
    );
    const ctx = { tenantId: newId('tenant'), caller: null };
    const execution = { ...found, ctx, account, args: {}, call: {}, startedAt: systemClock.now() };
    return provider.call(execution as unknown as ReadyExecution);
  };
  beforeEach(() => {
    marked = [];
  });

  it('gives the account up for the generation that was refused last, and for no newer one', async () => {
    expect((await call([3, 5], 'EXPIRED')).error).toMatchObject({ code: 'account_not_active' });
    expect(marked).toEqual([{ id, version: 7, generation: 5 }, 'EXPIRED']);
  });

  it('says that another credential is there, where the account is kept for that', async () => {
    expect((await call([3], 'ACTIVE')).error).toMatchObject({ code: 'conflict' });
    expect(marked).toEqual([{ id, version: 7, generation: 3 }, 'EXPIRED']);
  });
});
