import { SecretScanner } from '#app/testing';
import pg from 'pg';
import { Browser } from '../../demo/src/http.js';
import { Harness, SANDBOX_SECRET, type Teammate } from './harness.js';

describe('V9 secrets stay inside', () => {
  let gate: Harness;
  const responses: string[] = [];
  const secrets: string[] = [SANDBOX_SECRET];

  beforeAll(async () => {
    gate = await Harness.start();
    const alice = (await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate;
    secrets.push(...(await connectAndCollect(alice)));
    await everyFlow(alice);
  });
  afterAll(() => gate.stop());

  /** Connects, and reads the code and the state that passed through the browser, and the token that the provider gave. */
  async function connectAndCollect(alice: Teammate): Promise<string[]> {
    const link = await gate.magicLink('alice');
    const browser = new Browser();
    const asked = await browser.openConnectLink(link);
    const done = await gate.answerConsent(browser, asked, { teammate: alice.id, decision: 'allow' });
    responses.push(done.page.text, done.url);
    const callback = browser.visited.find((url) => url.includes('/oauth/callback/')) as string;
    const query = new URL(callback).searchParams;
    return [
      link.split('/').at(-1) as string,
      query.get('code') as string,
      query.get('state') as string,
      ...gate.providerTokens,
    ];
  }

  async function everyFlow(alice: Teammate): Promise<void> {
    const call = async (tool: string, params: object, more: object = {}): Promise<void> =>
      void responses.push((await gate.execute(tool, 'alice', params, more)).text);
    await call('intercom_conversations_list', { state: 'open', limit: 3 });
    await call('intercom_conversations_list', { nonsense: true });
    await call('intercom_conversations_list', {}, { toolset: [] });
    for (const kind of ['echo_token', 'html', 'truncate', 'reset']) {
      await gate.fault({ kind, times: 1 });
      await call('intercom_contacts_search', { email: 'nobody@example.com' });
      await gate.clearFaults();
    }
    await gate.fault({ match: { path: '/auth/eagle/token' }, kind: 'token_exchange_failure', times: 1 });
    responses.push((await gate.connect('bob', alice.id)).page.text);
    await gate.clearFaults();
    await gate.control('revoke', { teammate_id: alice.id });
    await call('intercom_conversations_list', { limit: 1 });
    for (const path of [
      '/api/v1/connections',
      '/api/v1/connected_accounts',
      '/api/v1/audit/events:export',
      '/metrics',
      '/api/docs/openapi.json',
    ])
      responses.push((await gate.get(path)).text);
  }

  async function databaseDump(): Promise<string> {
    const client = new pg.Client({ connectionString: gate.databaseUrl });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    const texts: string[] = [];
    for (const { name } of tables)
      texts.push(JSON.stringify((await client.query(`SELECT t::text FROM "${name}" t`)).rows));
    await client.end();
    return texts.join('\n');
  }

  it('finds the secrets that it looks for', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    for (const secret of secrets) expect(secret.length).toBeGreaterThanOrEqual(16);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['the log at trace level', () => gate.log.join('')],
    ['the responses', () => responses.join('\n')],
    ['the database', databaseDump],
  ])('has none of them in %s', async (_, read) => {
    const text = await read();
    expect(text.length).toBeGreaterThan(100);
    const scanner = new SecretScanner(Object.fromEntries(secrets.map((secret, index) => [`secret ${index}`, secret])));
    expect(scanner.scan(`${text} ${Buffer.from(secrets.at(-1) ?? '').toString('base64')}`)).toHaveLength(1);
    expect(scanner.scan(text)).toEqual([]);
  });
});
