import { inspect } from 'node:util';
import {
  ConnectorFailure,
  evaluateAccess,
  fetchIdentity,
  redactArguments,
  resolveAuthUrls,
  resolveBaseUrl,
  summarizeResult,
  validateArguments,
} from '#app/connector-kit';
import type { JsonObject } from '#app/kernel';
import {
  ANN,
  answer,
  intercomError,
  loadIntercom,
  NOW,
  RecordedIntercom,
  run,
  TOKEN,
  toolOf,
} from './intercom-provider.js';
import {
  ADMINS,
  ANN_AUTHOR,
  CONTACT,
  CONTACT_ID,
  CONTACT_PAGE,
  CONVERSATION_PAGE,
  conversationWith,
  JOE,
  ME,
  part,
  TEAMS,
} from './sample-answers.js';

const INTERCOM = loadIntercom();
const ID = '215473000001009';
const SEARCH = 'POST /conversations/search';

describe('the Intercom connector', () => {
  it('offers the six tools, described in well under 3,000 tokens', () => {
    expect([...INTERCOM.tools.keys()]).toEqual([
      'intercom_conversations_list',
      'intercom_conversation_get',
      'intercom_conversation_reply',
      'intercom_contacts_search',
      'intercom_contact_get',
      'intercom_conversation_assign',
    ]);
    const list = [...INTERCOM.tools.values()].map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema,
    }));
    // No tokenizer takes fewer than two characters of JSON for a token on average.
    expect(JSON.stringify(list).length).toBeLessThan(6000);
  });

  it('lets every tool be called verb first too, as other catalogues spell them', () => {
    expect([...INTERCOM.tools.values()].flatMap(({ aliases }) => aliases)).toEqual([
      'intercom_list_conversations',
      'intercom_get_conversation',
      'intercom_reply_to_conversation',
      'intercom_search_contacts',
      'intercom_get_contact',
      'intercom_assign_conversation',
    ]);
  });

  it('goes to the region of the account, with the API version pinned', () => {
    expect(resolveBaseUrl(INTERCOM, {}).href).toBe('https://api.intercom.io/');
    expect(resolveBaseUrl(INTERCOM, { region: 'eu' }).href).toBe('https://api.eu.intercom.io/');
    const urls = resolveAuthUrls(INTERCOM, { region: 'au' });
    expect([urls.authorizeUrl.href, urls.tokenUrl.href, urls.revokeUrl?.href]).toEqual([
      'https://app.au.intercom.com/oauth',
      'https://api.au.intercom.io/auth/eagle/token',
      'https://api.au.intercom.io/auth/uninstall',
    ]);
    expect(INTERCOM.http.headers).toEqual({ Accept: 'application/json', 'Intercom-Version': '2.16' });
  });

  it('asks for consent without PKCE and scopes, and expects a token that does not expire', () => {
    expect(INTERCOM.auth).toMatchObject({
      expiry: 'never',
      authorize: { pkce: 'none', scopeParam: null },
      token: { clientAuth: 'body', encoding: 'form' },
      inject: { header: 'authorization', prefix: 'Bearer ' },
      revoke: { method: 'POST', scope: 'workspace', tokenIn: 'header' },
    });
  });

  it('learns who consented, where, and what they may do, from /me', async () => {
    const http = new RecordedIntercom({ 'GET /me': ME });
    const principal = await fetchIdentity(INTERCOM, {
      params: {},
      http,
      clock: { now: () => NOW },
      deadline: NOW + 1000,
    });
    expect(principal).toEqual({
      id: '991267715',
      label: 'ann@northwind.example',
      tenant: 'northwind_id_code',
      facts: {
        name: 'Ann Archer',
        email_verified: true,
        has_inbox_seat: true,
        role: null,
        team_ids: ['5017691'],
        workspace_name: 'Northwind',
        timezone: 'Europe/Berlin',
      },
      params: { region: 'eu' },
    });
  });

  it('lets a teammate without an inbox seat read, and not write', () => {
    for (const tool of INTERCOM.tools.values()) {
      expect(evaluateAccess(INTERCOM, tool, { has_inbox_seat: true }).allowed).toBe(true);
      for (const facts of [{ has_inbox_seat: false }, { has_inbox_seat: null }, {}] as JsonObject[]) {
        expect(evaluateAccess(INTERCOM, tool, facts).allowed).toBe(tool.annotations.readOnly);
      }
    }
  });
});

describe('intercom_conversations_list', () => {
  const list = async (params: JsonObject) => {
    const http = new RecordedIntercom({ [SEARCH]: { ...CONVERSATION_PAGE, pages: { type: 'pages', next: null } } });
    await run(INTERCOM, 'intercom_conversations_list', params, http);
    return (http.lastBody as { query: { operator: string; value: unknown[] } }).query;
  };

  it.each<[string, JsonObject, unknown[]]>([
    ['no filter: what every conversation has', {}, [{ field: 'created_at', operator: '>', value: 0 }]],
    ['a state', { state: 'snoozed' }, [{ field: 'state', operator: '=', value: 'snoozed' }]],
    [
      'a teammate, as an integer',
      { assigned_to: '991267800' },
      [{ field: 'admin_assignee_id', operator: '=', value: 991_267_800 }],
    ],
    [
      'me, from the stored principal',
      { assigned_to: 'me' },
      [{ field: 'admin_assignee_id', operator: '=', value: 991_267_715 }],
    ],
    ['nobody', { unassigned: true }, [{ field: 'admin_assignee_id', operator: '=', value: 0 }]],
    [
      'unassigned: false, which asks for nothing',
      { unassigned: false },
      [{ field: 'created_at', operator: '>', value: 0 }],
    ],
    ['a tag, as a text', { tag_id: '7522907' }, [{ field: 'tag_ids', operator: '=', value: '7522907' }]],
    ['a team, as an integer', { team_id: '5017691' }, [{ field: 'team_assignee_id', operator: '=', value: 5_017_691 }]],
    [
      'the product’s first prompt',
      { state: 'open', unassigned: true, priority: 'high', waiting_longer_than_hours: 4 },
      [
        { field: 'state', operator: '=', value: 'open' },
        { field: 'admin_assignee_id', operator: '=', value: 0 },
        { field: 'priority', operator: '=', value: 'high' },
        { field: 'waiting_since', operator: '<', value: NOW / 1000 - 4 * 3600 },
      ],
    ],
    [
      'half an hour',
      { waiting_longer_than_hours: 0.5 },
      [{ field: 'waiting_since', operator: '<', value: NOW / 1000 - 1800 }],
    ],
  ])('asks for %s', async (_, params, value) => {
    expect(await list(params)).toEqual({ operator: 'AND', value });
  });

  it('returns summaries with ids as text, times in UTC, and null for nobody', async () => {
    const http = new RecordedIntercom({ [SEARCH]: CONVERSATION_PAGE });
    const { data } = await run(INTERCOM, 'intercom_conversations_list', { limit: 1 }, http);
    expect(data).toEqual({
      conversations: [
        {
          id: ID,
          title: 'Invoice 2024',
          state: 'open',
          priority: 'high',
          admin_assignee_id: null,
          team_assignee_id: '5017691',
          waiting_since: '2024-12-18T15:59:21Z',
          snoozed_until: null,
          updated_at: '2024-12-18T15:59:21Z',
          tags: [{ id: '7522907', name: 'Billing' }],
          contacts: [{ id: '6762f1571bb69f9f2193bbbb', external_id: '70' }],
          company: 'Initech',
          rating: 4,
        },
      ],
      total_count: 37,
      next_cursor: 'WzE3MzQ1Mzc1NjEsMV0=',
    });
    expect(http.lastBody).toMatchObject({ pagination: { per_page: 1 } });
    expect(summarizeResult(toolOf(INTERCOM, 'intercom_conversations_list'), data)).toEqual({
      count: 1,
      total_count: 37,
      conversation_ids: [ID],
    });
  });

  it('continues at a cursor', async () => {
    const http = new RecordedIntercom({ [SEARCH]: { ...CONVERSATION_PAGE, pages: null } });
    await run(INTERCOM, 'intercom_conversations_list', { cursor: 'WzE3MzQ1Mzc1NjEsMV0=', limit: 150 }, http);
    expect(http.lastBody).toMatchObject({ pagination: { per_page: 150, starting_after: 'WzE3MzQ1Mzc1NjEsMV0=' } });
  });

  it('understands the null of API versions before 2.16 too', async () => {
    const old = {
      ...(CONVERSATION_PAGE.conversations as JsonObject[])[0],
      admin_assignee_id: null,
      team_assignee_id: null,
    };
    const http = new RecordedIntercom({ [SEARCH]: { ...CONVERSATION_PAGE, conversations: [old] } });
    const { data } = await run(INTERCOM, 'intercom_conversations_list', { limit: 1 }, http);
    expect(data.conversations).toMatchObject([{ admin_assignee_id: null, team_assignee_id: null }]);
  });

  it.each<[JsonObject, string]>([
    [{ state: 'OPEN' }, 'params.state'],
    [{ assigned_to: 'ann@northwind.example' }, 'params.assigned_to'],
    [{ assigned_to: 991_267_800 }, 'params.assigned_to'],
    [{ assigned_to: '0' }, 'params.assigned_to'],
    [{ assigned_to: 'me', unassigned: true }, 'params.unassigned'],
    [{ tag_id: '../x' }, 'params.tag_id'],
    [{ priority: 'priority' }, 'params.priority'],
    [{ waiting_longer_than_hours: -1 }, 'params.waiting_longer_than_hours'],
    [{ waiting_longer_than_hours: '4' }, 'params.waiting_longer_than_hours'],
    [{ limit: 1_000_000_000 }, 'params.limit'],
    [{ cursor: 'a b' }, 'params.cursor'],
    [{ admin_id: '1' }, 'params.admin_id'],
  ])('refuses %j', (params, field) => {
    const result = validateArguments(toolOf(INTERCOM, 'intercom_conversations_list'), params);
    expect(result.ok ? [] : result.errors.map((error) => error.field)).toEqual([field]);
  });
});

describe('intercom_conversation_get', () => {
  const GET = `GET /conversations/${ID}`;
  const read = async (conversation: JsonObject, params: JsonObject = {}) => {
    const http = new RecordedIntercom({ [GET]: conversation });
    const { data } = await run(INTERCOM, 'intercom_conversation_get', { conversation_id: ID, ...params }, http);
    return { data, http };
  };

  it('returns the messages as plain text', async () => {
    const { data, http } = await read(
      conversationWith([
        part('1', 'comment', '<p>Where is <a href="https://evil.example">it</a>?</p><img src="x">', JOE),
        part('2', 'assignment', null, ANN_AUTHOR),
        part('3', 'comment', 'plain x<y text', ANN_AUTHOR),
      ]),
    );
    expect(http.requests).toMatchObject([{ query: [['display_as', 'plaintext']], write: false }]);
    expect(data).toMatchObject({
      id: ID,
      source: { type: 'email', subject: 'Invoice', body: 'Hello', author: JOE },
      parts: [
        {
          id: '1',
          type: 'comment',
          body: 'Where is it?',
          author: JOE,
          created_at: '2024-12-18T15:59:21Z',
          redacted: false,
        },
        { id: '2', type: 'assignment', body: null },
        { id: '3', type: 'comment', body: 'plain x<y text' },
      ],
      parts_total: 3,
    });
  });

  it('returns the newest messages, and says how many there are', async () => {
    const parts = Array.from({ length: 60 }, (_, index) => part(String(index + 1), 'comment', `no ${index + 1}`, JOE));
    const many = await read(
      conversationWith(parts, { conversation_parts: { conversation_parts: parts, total_count: 712 } }),
    );
    const ids = (data: JsonObject) => (data.parts as { id: string }[]).map(({ id }) => id);
    expect(ids(many.data)).toHaveLength(50);
    expect(ids(many.data).at(-1)).toBe('60');
    expect(many.data.parts_total).toBe(712);
    expect(ids((await read(conversationWith(parts), { parts_limit: 2 })).data)).toEqual(['59', '60']);
  });

  it('cuts long messages, and says how much it cut', async () => {
    const { data } = await read(conversationWith([part('1', 'comment', `<p>${'x'.repeat(5000)}</p>`, JOE)]));
    const [first] = data.parts as { body: string }[];
    expect(first?.body).toBe(`${'x'.repeat(4000)}… [1000 more characters]`);
  });

  it.each(['last', '../x', '%2f', '1\n', '1/2', '', 'x'.repeat(1_000_000)])(
    'refuses the id %.20s',
    (conversation_id) => {
      expect(validateArguments(toolOf(INTERCOM, 'intercom_conversation_get'), { conversation_id }).ok).toBe(false);
    },
  );
});

describe('intercom_conversation_reply', () => {
  const POST = `POST /conversations/${ID}/reply`;
  const reply = { conversation_id: ID, body: 'Dear <Joe>,\n\nit is "on its way" & soon there.' };
  const answered = conversationWith([
    part('131', 'comment', '<p>Hm</p>', JOE),
    part('132', 'comment', '<p>Dear</p>', ANN_AUTHOR),
  ]);

  it('sends the text as harmless HTML, in the name of the connected teammate', async () => {
    const http = new RecordedIntercom({ [POST]: answered });
    const { data } = await run(INTERCOM, 'intercom_conversation_reply', reply, http);
    expect(http.requests).toMatchObject([{ method: 'POST', write: true }]);
    expect(http.lastBody).toEqual({
      message_type: 'comment',
      type: 'admin',
      admin_id: '991267715',
      body: '<p>Dear &lt;Joe&gt;,</p><p>it is &quot;on its way&quot; &amp; soon there.</p>',
    });
    expect(data).toEqual({
      conversation_id: ID,
      state: 'open',
      part: { id: '132', type: 'comment', created_at: '2024-12-18T15:59:21Z' },
    });
  });

  it('does not take another teammate’s message for its own', async () => {
    const other = conversationWith([part('9', 'comment', 'x', { ...ANN_AUTHOR, id: '991267800' })]);
    const { data } = await run(INTERCOM, 'intercom_conversation_reply', reply, new RecordedIntercom({ [POST]: other }));
    expect(data.part).toBeNull();
  });

  it('takes no author and no empty text', () => {
    const tool = toolOf(INTERCOM, 'intercom_conversation_reply');
    for (const extra of [
      { admin_id: '1' },
      { type: 'user' },
      { message_type: 'note' },
      { body: ' \n ' },
      { body: 'x'.repeat(20_001) },
    ]) {
      expect(validateArguments(tool, { ...reply, ...extra }).ok).toBe(false);
    }
  });

  it('leaves the text out of the audit trail', () => {
    expect(redactArguments(toolOf(INTERCOM, 'intercom_conversation_reply'), reply)).toEqual({
      conversation_id: ID,
      body: { redacted: true, length: reply.body.length },
    });
  });
});

describe('intercom_contacts_search', () => {
  it('returns everybody who has the address', async () => {
    const lead = { ...CONTACT, id: '6762f0d01bb69f9f2193bb7e', role: 'lead', external_id: null };
    const http = new RecordedIntercom({
      'POST /contacts/search': { ...CONTACT_PAGE, data: [CONTACT, lead], total_count: 2 },
    });
    const { data } = await run(INTERCOM, 'intercom_contacts_search', { email: 'joe@initech.example' }, http);
    expect(http.lastBody).toEqual({
      query: { operator: 'AND', value: [{ field: 'email', operator: '=', value: 'joe@initech.example' }] },
      pagination: { per_page: 20 },
    });
    expect(data).toMatchObject({ total_count: 2, next_cursor: null, contacts: [{ role: 'user' }, { role: 'lead' }] });
    expect((data.contacts as JsonObject[])[0]).toEqual({
      id: '6762f0d01bb69f9f2193bb7d',
      role: 'user',
      name: 'Joe Bloggs',
      email: 'joe@initech.example',
      phone: null,
      external_id: '70',
      companies: [{ id: '6762f09a1bb69f9f2193bb34' }],
      last_seen_at: '2024-12-18T15:57:04Z',
    });
  });

  it('combines its filters, and needs one', async () => {
    const http = new RecordedIntercom({ 'POST /contacts/search': CONTACT_PAGE });
    await run(
      INTERCOM,
      'intercom_contacts_search',
      { name: 'Joe', phone: '+353', external_id: '70', role: 'user' },
      http,
    );
    expect(http.lastBody).toMatchObject({
      query: {
        value: [
          { field: 'name', operator: '~', value: 'Joe' },
          { field: 'phone', operator: '=', value: '+353' },
          { field: 'external_id', operator: '=', value: '70' },
          { field: 'role', operator: '=', value: 'user' },
        ],
      },
    });
    expect(validateArguments(toolOf(INTERCOM, 'intercom_contacts_search'), { role: 'lead' })).toEqual({
      ok: false,
      errors: [{ field: 'params', message: 'needs at least one of email, name, phone, external_id.' }],
    });
  });
});

describe('intercom_contact_get', () => {
  const id = '6762f0d01bb69f9f2193bb00';

  it('follows a merged contact to the one it became', async () => {
    const http = new RecordedIntercom({
      [`GET /contacts/${id}`]: answer(410, intercomError('contact_merged'), {
        link: `</contacts/${CONTACT_ID}>; rel="canonical"`,
      }),
      [`GET /contacts/${CONTACT_ID}`]: CONTACT,
    });
    const { data, upstreamRequests } = await run(INTERCOM, 'intercom_contact_get', { contact_id: id }, http);
    expect(upstreamRequests).toBe(2);
    expect(data).toMatchObject({
      id: CONTACT_ID,
      owner_id: '991267715',
      location: { country: 'Ireland', region: 'Leinster', city: 'Dublin' },
      custom_attributes: { plan: 'pro', seats: 12, trial: false },
      tags: [{ id: '7522907' }],
      tags_total: 1,
      companies_total: 1,
    });
  });

  it.each(['last', '../x', '6762f0d01bb69f9f2193bb7d/notes', 'find_by_external_id', '6762F0D01BB69F9F2193BB7D\n'])(
    'refuses the id %j',
    (contact_id) => {
      expect(validateArguments(toolOf(INTERCOM, 'intercom_contact_get'), { contact_id }).ok).toBe(false);
    },
  );
});

describe('intercom_conversation_assign', () => {
  const PARTS = `POST /conversations/${ID}/parts`;
  const assign = async (params: JsonObject) => {
    const http = new RecordedIntercom({
      'GET /admins': ADMINS,
      'GET /teams': TEAMS,
      [PARTS]: conversationWith([], { admin_assignee_id: 991_267_800 }),
    });
    const { data } = await run(INTERCOM, 'intercom_conversation_assign', { conversation_id: ID, ...params }, http);
    return { data, http };
  };

  it.each<[string, JsonObject, string[], JsonObject]>([
    [
      'a teammate by id',
      { assignee: '991267800' },
      ['GET /admins', PARTS],
      { type: 'admin', assignee_id: '991267800' },
    ],
    [
      'a teammate by name',
      { assignee: 'ben okafor' },
      ['GET /admins', PARTS],
      { type: 'admin', assignee_id: '991267802' },
    ],
    [
      'a teammate by address',
      { assignee: 'alexander@northwind.example' },
      ['GET /admins', PARTS],
      { type: 'admin', assignee_id: '991267801' },
    ],
    ['me', { assignee: 'me' }, [PARTS], { type: 'admin', assignee_id: '991267715' }],
    ['nobody', { assignee: 'nobody' }, [PARTS], { type: 'admin', assignee_id: '0' }],
    [
      'a team by name',
      { assignee: 'Technical', assignee_type: 'team' },
      ['GET /teams', PARTS],
      { type: 'team', assignee_id: '5017692' },
    ],
    ['no team', { assignee: 'nobody', assignee_type: 'team' }, [PARTS], { type: 'team', assignee_id: '0' }],
  ])('assigns to %s', async (_, params, paths, expected) => {
    const { http } = await assign(params);
    expect(http.paths).toEqual(paths);
    expect(http.lastBody).toEqual({ message_type: 'assignment', admin_id: '991267715', ...expected });
    expect(http.requests.map(({ write }) => write)).toEqual([...paths.slice(1).map(() => false), true]);
  });

  it('returns the new assignment, and says when the teammate is away', async () => {
    expect((await assign({ assignee: '991267800' })).data).toEqual({
      conversation_id: ID,
      state: 'open',
      admin_assignee_id: '991267800',
      team_assignee_id: '5017691',
      admin_name: 'Alex Kim',
      admin_away: true,
      team_name: null,
    });
  });

  it('asks back when a name fits two teammates', async () => {
    await expect(assign({ assignee: 'Alex Kim' })).rejects.toThrow(
      '`assignee` fits 2 teammates: Alex Kim (id 991267800), Alex Kim (id 991267801). Give the id of the one you mean.',
    );
  });

  it('knows no “me” among teams', async () => {
    await expect(assign({ assignee: 'me', assignee_type: 'team' })).rejects.toThrow(/of no team/);
  });
});

describe('errors of Intercom', () => {
  const GET = `GET /conversations/${ID}`;
  const read = (status: number, body: JsonObject, more: Record<string, unknown> = {}) =>
    run(
      INTERCOM,
      'intercom_conversation_get',
      { conversation_id: ID },
      new RecordedIntercom({ [GET]: answer(status, body), ...more }),
      ANN,
    );

  it.each([
    ['unauthorized', 'auth_revoked'],
    ['token_revoked', 'auth_revoked'],
    ['token_not_found', 'auth_revoked'],
    ['token_blocked', 'auth_revoked'],
    ['token_expired', 'auth_revoked'],
    ['missing_authorization', 'auth_revoked'],
  ])('401 %s is %s', async (code, expected) => {
    await expect(read(401, intercomError(code, 'Access Token Invalid'))).rejects.toMatchObject({ code: expected });
  });

  it('401 token_unauthorized is a refusal as long as /me answers', async () => {
    const refusal = intercomError('token_unauthorized', 'Not authorized to access resource');
    await expect(read(401, refusal, { 'GET /me': ME })).rejects.toMatchObject({
      code: 'forbidden_by_provider',
      upstreamRequests: 2,
    });
    await expect(read(401, refusal, { 'GET /me': answer(401, intercomError('unauthorized')) })).rejects.toMatchObject({
      code: 'auth_revoked',
    });
  });

  it('403 names the permission that the app lacks', async () => {
    const message = 'You do not have the required scope (read_conversations) to access this resource';
    await expect(read(403, intercomError('forbidden', message))).rejects.toMatchObject({
      code: 'missing_scope',
      detail: { scope: 'read_conversations', provider_code: 'forbidden' },
    });
    await expect(read(403, intercomError('api_plan_restricted', 'Active subscription needed.'))).rejects.toMatchObject({
      code: 'forbidden_by_provider',
    });
  });

  it.each([
    [400, 'parameter_invalid', 'invalid_arguments'],
    [400, 'intercom_version_invalid', 'provider_error'],
    [404, 'not_found', 'not_found'],
    [409, 'conflict', 'conflict'],
    [422, 'data_invalid', 'invalid_arguments'],
  ])('%i %s is %s', async (status, code, expected) => {
    await expect(read(status, intercomError(code))).rejects.toMatchObject({ code: expected, upstreamStatus: status });
  });
});

describe('V11 a token that Intercom echoes so that it is found only once it is decoded', () => {
  const CONVERSATION = `GET /conversations/${ID}`;
  const get = (body: unknown) =>
    run(
      INTERCOM,
      'intercom_conversation_get',
      { conversation_id: ID },
      new RecordedIntercom({ [CONVERSATION]: answer(200, body) }),
    );
  const entities = Array.from(TOKEN)
    .map((character) => `&#${character.charCodeAt(0)};`)
    .join('');
  const invisible = Array.from(TOKEN).join('\u200b');
  const reveals = (value: unknown) => JSON.stringify(value).includes(TOKEN.slice(0, 12));

  // What `\u00XX` spells is the token as soon as the answer is parsed; the fake provider hands over bytes that were not redacted.
  it.each<[string, JsonObject]>([
    ['in a title', conversationWith([], { title: TOKEN })],
    ['in an id', conversationWith([], { id: TOKEN })],
    ['as entities of a body', conversationWith([part('1', 'comment', `<p>${entities}</p>`, JOE)])],
    ['parted by tags', conversationWith([part('1', 'comment', `<p>${Array.from(TOKEN).join('<b></b>')}</p>`, JOE)])],
    ['with invisible characters', conversationWith([part('1', 'comment', invisible, JOE)], { title: invisible })],
    ['where a text is cut', conversationWith([], { title: `${'x'.repeat(180)} ${TOKEN}` })],
  ])('is redacted %s, and in the audit trail', async (_, conversation) => {
    const { data } = await get(conversation);
    expect(JSON.stringify(data)).toContain('[redacte');
    expect(reveals(data)).toBe(false);
    expect(reveals(summarizeResult(toolOf(INTERCOM, 'intercom_conversation_get'), data))).toBe(false);
  });

  it('is redacted in keys and values of custom attributes', async () => {
    const contact = { ...CONTACT, custom_attributes: { [TOKEN]: 1, [invisible]: { nested: [TOKEN] } } };
    const http = new RecordedIntercom({ [`GET /contacts/${CONTACT_ID}`]: contact });
    const { data } = await run(INTERCOM, 'intercom_contact_get', { contact_id: CONTACT_ID }, http);
    expect(data.custom_attributes).toEqual({ '[redacted]': { nested: ['[redacted]'] } });
  });

  it.each([400, 500])('is redacted in the message of a %i', async (status) => {
    const body = { ...intercomError(TOKEN, `bad ${invisible}`), request_id: TOKEN };
    const failed: unknown = await run(
      INTERCOM,
      'intercom_conversation_get',
      { conversation_id: ID },
      new RecordedIntercom({ [CONVERSATION]: answer(status, body) }),
    ).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConnectorFailure);
    expect(failed).toMatchObject({
      message: expect.stringContaining('“bad [redacted]”') as string,
      detail: { provider_code: '[redacted]', provider_request_id: '[redacted]' },
    });
    expect(inspect(failed, { depth: 10 })).not.toContain(TOKEN.slice(0, 12));
  });
});

describe('an answer that is large on purpose', () => {
  it('has its HTML converted up to the budget of the call, and says so', async () => {
    const parts = Array.from({ length: 500 }, (_, index) =>
      part(String(index), 'comment', `${'<b>'.repeat(3000)}x</b>`, JOE),
    );
    const http = new RecordedIntercom({
      [`GET /conversations/${ID}`]: conversationWith(parts),
    });
    const { data } = await run(INTERCOM, 'intercom_conversation_get', { conversation_id: ID, parts_limit: 500 }, http);
    const bodies = (data.parts as { body: string }[]).map(({ body }) => body);
    expect(bodies).toHaveLength(500);
    // The first body of the conversation takes two tags; then 1,000 each until 20,000 are used up
    expect(bodies.filter((body) => body.endsWith('… [6005 more characters of HTML]'))).toHaveLength(19);
    expect(bodies.at(-1)).toBe('… [9005 more characters of HTML]');
  });

  it('gives as many conversations as were asked for', async () => {
    const conversations = Array.from({ length: 60_000 }, (_, id) => ({ id }));
    const http = new RecordedIntercom({ [SEARCH]: { ...CONVERSATION_PAGE, conversations } });
    const { data } = await run(INTERCOM, 'intercom_conversations_list', { limit: 20 }, http);
    expect(data.conversations).toHaveLength(20);
  });
});
