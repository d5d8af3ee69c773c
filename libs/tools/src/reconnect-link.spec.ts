import { newId, type AccountId, type RequestContext } from '#app/kernel';
import { createLogger } from '#app/observability';
import type { AccountForCall, ConnectedAccountsService } from '#app/oauth';
import { ReconnectLink } from './reconnect-link.js';

const ctx: RequestContext = { requestId: newId('request'), tenantId: newId('tenant'), source: 'rest', caller: null };
const accountAt = (version: number, id = 'ca_1'): AccountForCall =>
  ({ id: id as AccountId, version, verificationAsked: false }) as AccountForCall;

describe('ReconnectLink', () => {
  let made: number;
  let fault: Error | null;
  let log: string[];
  let links: ReconnectLink;
  let time: number;
  let verifiedOnly: boolean;

  beforeEach(() => {
    made = 0;
    verifiedOnly = false;
    fault = null;
    log = [];
    const accounts = {
      reconnectLink: (_: RequestContext, id: AccountId) => {
        if (fault !== null) return Promise.reject(fault);
        const link = { link: `https://gate.test/connect/${id}-${++made}`, expiry: new Date() };
        return Promise.resolve(verifiedOnly ? null : link);
      },
    } as unknown as ConnectedAccountsService;
    time = 1_000_000;
    const logger = createLogger('trace', { write: (line: string) => void log.push(line) });
    links = new ReconnectLink(accounts, logger, { now: () => time });
  });

  it('gives the same link to a call that is repeated', async () => {
    const first = await links.forAccount(ctx, accountAt(1));
    expect(first).toBe('https://gate.test/connect/ca_1-1');
    expect(await links.forAccount(ctx, accountAt(1))).toBe(first);
    expect(made).toBe(1);
  });

  it('makes a new one after a minute', async () => {
    const first = await links.forAccount(ctx, accountAt(1));
    time += 59_999;
    expect(await links.forAccount(ctx, accountAt(1))).toBe(first);
    time += 2;
    expect(await links.forAccount(ctx, accountAt(1))).not.toBe(first);
  });

  it('makes a new one once the account has changed: the link before may be used up', async () => {
    const first = await links.forAccount(ctx, accountAt(1));
    expect(await links.forAccount(ctx, accountAt(2))).not.toBe(first);
  });

  it('never gives the link of another account, nor of the same id in another tenant', async () => {
    const stranger = { ...ctx, tenantId: newId('tenant') };
    const given = [
      await links.forAccount(ctx, accountAt(1)),
      await links.forAccount(ctx, accountAt(1, 'ca_2')),
      await links.forAccount(stranger, accountAt(1)),
    ];
    expect(new Set(given).size).toBe(3);
  });

  it('gives none from before verification was asked for: one that leads to the verifier, or none', async () => {
    const verified = { ...accountAt(1), verificationAsked: true };
    const first = await links.forAccount(ctx, accountAt(1));
    expect(await links.forAccount(ctx, verified)).not.toBe(first);
    time += 60_001;
    verifiedOnly = true;
    expect(await links.forAccount(ctx, verified)).toBeNull();
  });

  it('gives none when the account turns out to need verification, without a word in the log', async () => {
    verifiedOnly = true;
    expect(await links.forAccount(ctx, accountAt(1))).toBeNull();
    expect(log).toEqual([]);
  });

  it('logs a link that can’t be made, leaves it out, and tries again at the next call', async () => {
    fault = new Error('the database is away');
    expect(await links.forAccount(ctx, accountAt(1))).toBeNull();
    expect(log).toHaveLength(1);
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ level: 'warn', account_id: 'ca_1' });
    fault = null;
    expect(await links.forAccount(ctx, accountAt(1))).toBe('https://gate.test/connect/ca_1-1');
  });
});
