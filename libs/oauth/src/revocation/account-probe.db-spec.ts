import type { RequestContext } from '#app/kernel';
import { RefreshKit } from '../../test/refresh-kit.js';
import { AccountProbe } from './account-probe.js';

describe('AccountProbe', () => {
  let kit: RefreshKit;
  let ctx: RequestContext;
  afterEach(() => kit.stop());

  /** Asks while the API answers with this status to everything; null: as ever. */
  const asked = async (status: number | null, refresh: { rotates: boolean } | null): Promise<unknown[]> => {
    kit = await RefreshKit.start(refresh);
    ctx = await kit.tenant();
    const { id } = await kit.connect(ctx, 'ada');
    kit.provider.settings.apiFault = status;
    const refused = await kit.node.get(AccountProbe).isRefused(ctx, id, 'rotor');
    return [refused, (await kit.account(ctx, 'ada')).status];
  };

  it.each([null, 429, 500, 503])('gives no account up that the provider does not refuse: HTTP %p', async (status) => {
    expect(await asked(status, { rotates: true })).toEqual([false, 'ACTIVE']);
  });

  it.each([
    ['is expired where it could have been renewed', { rotates: true }, 'EXPIRED'],
    ['is disconnected where nothing renews it', null, 'DISCONNECTED'],
  ])('gives an account up that the provider refuses: it %s', async (_, refresh, status) => {
    expect(await asked(401, refresh)).toEqual([true, status]);
  });
});
