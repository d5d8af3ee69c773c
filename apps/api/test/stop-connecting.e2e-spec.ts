import { Gate } from '#app/testing';
import { Browser } from '../../demo/src/http.js';
import { closed, Harness, type Teammate } from './harness.js';

/** A browser that follows no redirect. */
const STAYS = new Browser('https://elsewhere.invalid');

describe('a node that stops while a user who has gone was being connected', () => {
  let gate: Harness;
  let alice: Teammate;
  beforeAll(async () => {
    gate = await Harness.start();
    alice = (await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate;
  });
  afterAll(() => gate.stop());
  afterEach(() => {
    gate.arrivals.listener = () => undefined;
  });

  /** Brings a code to a node of its own, hangs up when `request` is at the provider, and stops the node before that is answered. */
  async function stopAt(request: string, user: string): Promise<void> {
    const node = await gate.addNode();
    const browser = new Browser();
    const asked = await browser.openConnectLink(await gate.magicLink(user));
    const consent = await gate.answerConsent(STAYS, asked, { teammate: alice.id, decision: 'allow' });
    const provider = new Gate();
    provider.close();
    gate.arrivals.listener = (arrived) => (arrived === request ? provider.pass() : undefined);
    const gone = new AbortController();
    const callback = browser.open(consent.url.replace(gate.url, node), { signal: gone.signal });
    await provider.arrived();
    gone.abort();
    await expect(callback).rejects.toThrow('aborted');
    const stopped = gate.stopNode(node);
    await closed(node);
    provider.open();
    await stopped;
  }

  it.each([
    ['its code is exchanged', 'POST /auth/eagle/token'],
    ['the provider is asked who it is', 'GET /me'],
  ])('stores what the provider gave, before it ends: when %s', async (_, request) => {
    const user = `user of ${request}`;
    await stopAt(request, user);
    expect(await gate.account(user)).toMatchObject({ status: 'ACTIVE' });
  });
});
