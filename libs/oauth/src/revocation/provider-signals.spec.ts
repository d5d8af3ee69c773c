import { createHmac } from 'node:crypto';
import type { SignalSettings } from '#app/connector-kit';
import type { TenantDatabase } from '#app/database';
import { newId, Secret, type ConnectionId } from '#app/kernel';
import type { ConnectLookups } from '../connect/connect-lookups.js';
import type { ProviderApps } from '../connections/provider-apps.js';
import type { AccountProbe } from './account-probe.js';
import { ProviderSignals } from './provider-signals.js';

const SETTINGS: SignalSettings = {
  signature: { algorithm: 'sha256', header: 'x-signature', prefix: 'v1=' },
  workspace: null,
};
const BODY = Buffer.from('{"topic":"app.uninstalled"}');
const SIGNED = `v1=${createHmac('sha256', 'app-secret').update(BODY).digest('hex')}`;

describe('ProviderSignals', () => {
  const [one, other] = [newId('connection'), newId('connection')];
  let now: number;
  let signals: ProviderSignals;

  beforeEach(() => {
    now = 1_000_000;
    const tenantId = newId('tenant');
    const connector = { id: 'toy', auth: { signals: SETTINGS } };
    const apps = {
      find: async (_tenant: string, id: string) => ({ connector, connection: { id } }),
      clientSecret: async () => new Secret('app-secret'),
    } as unknown as ProviderApps;
    signals = new ProviderSignals(
      { tenantOfConnection: async () => tenantId } as unknown as ConnectLookups,
      { withTenant: async () => [{ id: newId('account') }] } as unknown as TenantDatabase,
      apps,
      { isRefused: async () => true } as unknown as AccountProbe,
      { now: () => now },
    );
  });

  /** Whether it was followed up. */
  const receive = async (signature: string | null, connectionId: ConnectionId = one): Promise<boolean> => {
    const headers = signature === null ? {} : { 'x-signature': signature };
    return (await signals.receive({ connectionId, headers, body: BODY })) === 1;
  };

  it('follows a signature up once for each connection that it is told of', async () => {
    expect([await receive(SIGNED), await receive(SIGNED, other), await receive(SIGNED)]).toEqual([true, true, false]);
  });

  it('follows it up again ten minutes later, when it may be about something new', async () => {
    await receive(SIGNED);
    now += 10 * 60_000 - 1;
    expect(await receive(SIGNED)).toBe(false);
    now += 2;
    expect(await receive(SIGNED)).toBe(true);
  });

  it('is not kept from it by who has sent the same without a signature before', async () => {
    expect([await receive(null), await receive(SIGNED)]).toEqual([true, true]);
  });

  it.each([
    ['without its prefix', SIGNED.replace('v1=', '')],
    ['with another prefix', SIGNED.replace('v1=', 'v2=')],
    ['of another secret', `v1=${createHmac('sha256', 'another').update(BODY).digest('hex')}`],
    ['that is empty', ''],
  ])('takes a signature %s for forged', async (_, signature) => {
    expect(await receive(signature)).toBe(false);
  });
});
