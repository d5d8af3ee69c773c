import { AMARA, CHLOE, errorOf, FREJA_OF_BOREALIS, SandboxClient } from './sandbox-client.js';

describe("the sandbox's API", () => {
  let client: SandboxClient;
  let token: string;
  beforeAll(async () => {
    client = await SandboxClient.start();
    token = await client.token();
  });
  afterAll(() => SandboxClient.closeAll());

  describe('200', () => {
    it('says who the token belongs to, with the workspace and its time zone', async () => {
      const { json } = await client.call('GET', '/me', { token: await client.token(CHLOE) });
      expect(json).toMatchObject({
        type: 'admin',
        id: CHLOE,
        email_verified: true,
        has_inbox_seat: true,
        team_ids: [5017691, 5017692],
        app: { id_code: 'nw4kq2tz', timezone: 'America/New_York' },
      });
    });

    it('lists the teammates, teams and tags of the own workspace only', async () => {
      const admins = await client.call<{ admins: { id: string; role: { name: string } }[] }>('GET', '/admins', {
        token,
      });
      const teams = await client.call<{ teams: { name: string; admin_ids: number[] }[] }>('GET', '/teams', { token });
      const tags = await client.call<{ data: { name: string }[] }>('GET', '/tags', { token });
      expect(admins.json.admins.map((admin) => admin.id)).not.toContain(FREJA_OF_BOREALIS);
      expect(new Set(admins.json.admins.map((admin) => admin.role.name))).toEqual(
        new Set(['Admin', 'Agent', 'Viewer', 'Owner']),
      );
      expect(teams.json.teams.find((team) => team.name === 'Customer Support')?.admin_ids).toEqual([
        1000001, 1000003, 1000006,
      ]);
      expect(tags.json.data.map((tag) => tag.name)).toEqual(expect.arrayContaining(['refund', 'Refund', '🔥 outage']));
    });

    it('gives one teammate, one team, one contact and one company by id', async () => {
      const contact = client.sandbox.store.contactsOf('nw4kq2tz').find((c) => c.companyIds.length > 0);
      const paths = [
        `/admins/${AMARA}`,
        '/teams/5017691',
        `/contacts/${contact?.id}`,
        `/companies/${contact?.companyIds[0]}`,
      ];
      const answers = await Promise.all(paths.map((path) => client.call('GET', path, { token })));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
      expect(answers[2]?.json).toMatchObject({ type: 'contact', companies: { total_count: 1, has_more: false } });
    });

    it('finds a company by its exact name, and says not found rather than giving an empty list', async () => {
      const found = await client.call<{ data: { name: string }[] }>(
        'GET',
        `/companies?name=${encodeURIComponent('株式会社みらい')}`,
        { token },
      );
      expect(found.json.data.map((company) => company.name)).toEqual(['株式会社みらい']);
      const missing = await client.call('GET', '/companies?name=acme', { token });
      expect([missing.status, errorOf(missing).code]).toEqual([404, 'company_not_found']);
    });

    it('gives the newest 500 parts of a longer conversation and the true number', async () => {
      const marathon = client.sandbox.store.conversationsOf('nw4kq2tz').find((c) => c.parts.length > 500);
      const { json } = await client.call<{
        conversation_parts: { conversation_parts: { body: string }[]; total_count: number };
      }>('GET', `/conversations/${marathon?.id}`, { token });
      expect(json.conversation_parts.total_count).toBe(620);
      expect(json.conversation_parts.conversation_parts).toHaveLength(500);
      expect(json.conversation_parts.conversation_parts.at(-1)?.body).toContain('620 of 620');
    });

    it('gives text instead of HTML on request, with the address of a link beside it', async () => {
      const { store } = client.sandbox;
      const linked = store
        .conversationsOf('nw4kq2tz')
        .find((c) => c.parts.some((part) => part.body?.includes('href=')));
      const { text } = await client.call('GET', `/conversations/${linked?.id}?display_as=plaintext`, { token });
      expect(text).not.toMatch(/<p>|<a /);
      expect(text).toMatch(/\(https:\/\//);
    });

    it('carries hostile text unharmed', async () => {
      const { json } = await client.call<{
        total_count: number;
        conversations: { title: string; source: { body: string } }[];
      }>('POST', '/conversations/search', {
        token,
        json: {
          query: { field: 'source.author.type', operator: 'IN', value: ['user', 'lead'] },
          pagination: { per_page: 150 },
        },
      });
      const all = json.conversations.map((c) => c.source.body);
      expect(json.total_count).toBeGreaterThan(300);
      const { store } = client.sandbox;
      const bodies = store.conversationsOf('nw4kq2tz').map((c) => c.source.body);
      expect(all.every((body) => bodies.includes(body))).toBe(true);
      for (const mark of ['Ignore all previous', 'tool_call', '<script>', '\u202e', '\u200b', '👩🏽‍🚀']) {
        expect(bodies.some((body) => body.includes(mark))).toBe(true);
      }
      expect(Math.max(...bodies.map((body) => Buffer.byteLength(body)))).toBeGreaterThan(200_000);
    });

    it('reports what is left of the rate limit, and an id of the request', async () => {
      const { headers } = await client.call('GET', '/me', { token });
      expect(headers['x-ratelimit-limit']).toBe('1666');
      expect(Number(headers['x-ratelimit-remaining'])).toBeLessThan(1666);
      expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(client.clock.now() / 1000);
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  describe('400', () => {
    it('refuses a version that it does not speak', async () => {
      const answer = await client.call('GET', '/me', { token, headers: { 'intercom-version': '9.9' } });
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'intercom_version_invalid']);
    });

    it('does without a version, as Intercom does', async () => {
      const answer = await client.call('GET', '/me', { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(200);
    });

    it('refuses a path that does not exist', async () => {
      const answer = await client.call('GET', '/nothing/here', { token });
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'intercom_version_invalid']);
    });

    it.each([
      ['broken JSON', '{"query":'],
      ['a list', '[]'],
      ['a word', '"query"'],
    ])('refuses %s as a body', async (_name, json) => {
      const answer = await client.call('POST', '/conversations/search', { token, json });
      expect([answer.status, (answer.json as { type: string }).type]).toEqual([400, 'error.list']);
    });
  });

  describe('401', () => {
    it.each([
      ['no token', {}, 'missing_authorization'],
      ['a token that never was', { authorization: 'Bearer nope' }, 'unauthorized'],
      ['another scheme', { authorization: 'Basic eDp5' }, 'unauthorized'],
    ])('refuses %s', async (_name, headers, code) => {
      const answer = await client.call('GET', '/conversations', { headers });
      expect([answer.status, errorOf(answer).code]).toEqual([401, code]);
    });

    it('refuses a revoked token with a code of its own, whichever way it was revoked', async () => {
      const tokens = [await client.token('1000002'), await client.token('1000002'), await client.token(CHLOE)];
      const { teammates } = await client.control<{ teammates: { id: string; token_hashes: string[] }[] }>(
        'GET',
        'teammates',
      );
      const hash = teammates.find((teammate) => teammate.id === CHLOE)?.token_hashes.at(-1);
      expect(await client.control('POST', 'revoke', { teammate_id: '1000002' })).toEqual({ revoked: 2 });
      expect(await client.control('POST', 'revoke', { token_hash: hash })).toEqual({ revoked: 1 });
      for (const revoked of tokens) {
        const answer = await client.call('GET', '/me', { token: revoked });
        expect([answer.status, errorOf(answer).code]).toEqual([401, 'token_revoked']);
      }
      expect((await client.call('GET', '/me', { token })).status).toBe(200);
    });
  });

  describe('404 and 410', () => {
    it.each([
      ['/conversations/1', 'not_found'],
      ['/conversations/last', 'not_found'],
      ['/contacts/nobody', 'not_found'],
      ['/admins/1', 'admin_not_found'],
      [`/admins/${FREJA_OF_BOREALIS}`, 'admin_not_found'],
      ['/teams/1', 'team_not_found'],
      ['/companies/1', 'company_not_found'],
    ])('does not find %s', async (path, code) => {
      const answer = await client.call('GET', path, { token });
      expect([answer.status, errorOf(answer).code]).toEqual([404, code]);
    });

    it('hides what belongs to another workspace', async () => {
      const theirs = client.sandbox.store.conversationsOf('nw4kq2tz')[0]?.id;
      const other = await client.token(FREJA_OF_BOREALIS);
      expect((await client.call('GET', `/conversations/${theirs}`, { token: other })).status).toBe(404);
    });

    it('links from a contact that was merged twice to the one that is left', async () => {
      const { store } = client.sandbox;
      const first = store.contactsOf('nw4kq2tz').find((contact) => contact.name === 'Merged First');
      const answer = await client.call('GET', `/contacts/${first?.id}`, { token });
      expect([answer.status, errorOf(answer).code]).toEqual([410, 'contact_merged']);
      const canonical = /^<(\/contacts\/[0-9a-f]{24})>; rel="canonical"$/.exec(answer.headers.link as string)?.[1];
      expect((await client.call('GET', canonical as string, { token })).status).toBe(200);
    });
  });

  describe('429', () => {
    it('limits each workspace for itself, and starts again with the next window', async () => {
      const limited = await SandboxClient.start({ requestsPerWindow: 3 });
      const [mine, theirs] = [await limited.token(), await limited.token(FREJA_OF_BOREALIS)];
      const statuses = [];
      for (let index = 0; index < 4; index += 1)
        statuses.push((await limited.call('GET', '/me', { token: mine })).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await limited.call('GET', '/me', { token: mine });
      expect(errorOf(refused).code).toBe('rate_limit_exceeded');
      expect(refused.headers['x-ratelimit-remaining']).toBe('0');
      expect((await limited.call('GET', '/me', { token: theirs })).status).toBe(200);
      limited.clock.advance(10);
      expect((await limited.call('GET', '/me', { token: mine })).status).toBe(200);
    });
  });
});
