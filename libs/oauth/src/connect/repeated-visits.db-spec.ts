import type { RequestContext } from '#app/kernel';
import { ended, OAuthKit, ToyBrowser } from '../../test/oauth-kit.js';
import { ConnectionsService } from '../connections/connections.service.js';
import { newOpaqueToken } from '../opaque-token.js';

describe('visits that are repeated', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let browser: ToyBrowser;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
    browser = new ToyBrowser();
  });

  it('keeps the newest five flows of a browser that opens it again and again, and records three openings', async () => {
    const link = await kit.link(ctx, 'user_1');
    const asked: URL[] = [];
    for (let n = 0; n < 20; n++) asked.push(await kit.open(browser, link));
    expect(await kit.sql(ctx, 'SELECT 1 FROM oauth_flows')).toHaveLength(5);
    const opened = (await kit.events(ctx)).filter((event) => event === 'connected_account.link_opened');
    expect(opened).toHaveLength(3);
    const backFrom = (url: URL | undefined): Promise<unknown> =>
      kit.comeBack(browser, kit.provider.authorize(url ?? new URL('about:blank')));
    expect(await ended(backFrom(asked[14]))).toBe('state_unknown');
    expect(await backFrom(asked[15])).toMatchObject({ outcome: 'connected' });
  });

  it('writes no more than thirty failures of one account in a minute', async () => {
    const back = kit.provider.authorize(await kit.open(browser, await kit.link(ctx, 'user_1')));
    const refusals = async (): Promise<number> =>
      (await kit.events(ctx)).filter((event) => event.endsWith('state_other_browser')).length;
    for (let n = 0; n < 40; n++) await ended(kit.comeBack(new ToyBrowser(), back));
    expect(await refusals()).toBe(30);
    kit.clock.advance(60_000);
    await ended(kit.comeBack(new ToyBrowser(), back));
    expect(await refusals()).toBe(31);
  });

  it('writes no more than thirty callbacks that lead nowhere in a minute', async () => {
    kit.clock.advance(60_000);
    const [connection] = await kit.get(ConnectionsService).all(ctx);
    const forge = (): Promise<string> => {
      const mark = { state: newOpaqueToken(), connectionId: connection?.id ?? '', issuer: null };
      return ended(kit.flows.spend(browser.visit(), mark));
    };
    const recorded = async (): Promise<number> =>
      (await kit.events(ctx)).filter((event) => event.endsWith('state_unknown')).length;
    for (let n = 0; n < 40; n++) expect(await forge()).toBe('state_unknown');
    expect(await recorded()).toBe(30);
    kit.clock.advance(60_000);
    await forge();
    expect(await recorded()).toBe(31);
  });
});
