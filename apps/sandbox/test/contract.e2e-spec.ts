import { describeWithShared, loadIntercomContract, type IntercomContract } from '#app/testing';
import { AMARA, CHLOE, DMITRI_WITHOUT_SEAT, SandboxClient, type Answer } from './sandbox-client.js';

/** Every operation of the sandbox, in every state it can answer with, held against Intercom's own description. */
describeWithShared("the sandbox and Intercom's API description", 'intercom/2.16/api.intercom.io.yaml', (path) => {
  let contract: IntercomContract;
  let client: SandboxClient;
  let token: string;
  let ids: string[];
  beforeAll(async () => {
    contract = loadIntercomContract(path);
    client = await SandboxClient.start();
    token = await client.token();
    ids = (await client.control<{ waiting_long: string[] }>('GET', 'summary')).waiting_long;
  });
  afterAll(() => SandboxClient.closeAll());

  interface Call {
    readonly method?: string;
    readonly path: string;
    readonly query?: readonly (readonly [string, string])[];
    readonly body?: unknown;
    readonly as?: string;
    readonly status?: number;
  }

  /** Sends a request and returns the problems of the request and of its answer. */
  async function problemsOf({
    method = 'GET',
    path: target,
    query = [],
    body,
    as = token,
    status = 200,
  }: Call): Promise<string[]> {
    const search = query.length === 0 ? '' : `?${new URLSearchParams(query as [string, string][]).toString()}`;
    const answer = await client.call(method, `${target}${search}`, {
      token: as,
      ...(body === undefined ? {} : { json: body }),
    });
    expect([target, answer.status]).toEqual([target, status]);
    const headers = { authorization: `Bearer ${as}`, 'intercom-version': '2.16', 'content-type': 'application/json' };
    return [
      ...contract.checkRequest({ method, path: target, query, headers, body }),
      ...contract.checkResponse({ method, path: target, status: answer.status, body: answer.json }),
    ];
  }

  it('agree on every read', async () => {
    const { store } = client.sandbox;
    const calls: Call[] = [
      ...[
        '/me',
        '/admins',
        `/admins/${AMARA}`,
        '/teams',
        '/teams/5017691',
        '/tags',
        '/companies',
        '/conversations',
      ].map((target) => ({ path: target })),
      { path: '/companies', query: [['name', 'Acme Inc']] },
      {
        path: '/companies',
        query: [
          ['page', '2'],
          ['per_page', '5'],
        ],
      },
      { path: `/companies/${store.companiesOf('nw4kq2tz')[0]?.id}` },
      { path: '/conversations', query: [['per_page', '150']] },
      { path: `/conversations/${ids[0]}`, query: [['display_as', 'plaintext']] },
    ];
    for (const call of calls) expect([call.path, await problemsOf(call)]).toEqual([call.path, []]);
  });

  it('agree on every contact and every conversation of the data', async () => {
    const { store } = client.sandbox;
    for (const contact of store.contactsOf('nw4kq2tz')) {
      const problems = await problemsOf({
        path: `/contacts/${contact.id}`,
        status: contact.mergedInto === null ? 200 : 410,
      });
      expect([contact.id, problems]).toEqual([contact.id, []]);
    }
    for (const { id } of store.conversationsOf('nw4kq2tz'))
      expect([id, await problemsOf({ path: `/conversations/${id}` })]).toEqual([id, []]);
  });

  it('agree on searches, page by page', async () => {
    const query = { operator: 'AND', value: [{ field: 'created_at', operator: '>', value: 1 }] };
    let starting_after: string | null = null;
    do {
      const body: object = { query, pagination: { per_page: 150, starting_after } };
      expect(await problemsOf({ method: 'POST', path: '/conversations/search', body })).toEqual([]);
      const { json }: Answer<{ pages: { next?: { starting_after: string } } }> = await client.call(
        'POST',
        '/conversations/search',
        { token, json: body },
      );
      starting_after = json.pages.next?.starting_after ?? null;
    } while (starting_after !== null);
    const contacts = {
      query: { field: 'role', operator: 'IN', value: ['user', 'lead'] },
      sort: { field: 'name', order: 'ascending' },
      pagination: { per_page: 150 },
    };
    expect(await problemsOf({ method: 'POST', path: '/contacts/search', body: contacts })).toEqual([]);
  });

  it('agree on every write', async () => {
    const target = `/conversations/${ids[1]}`;
    const admin = { type: 'admin', admin_id: AMARA };
    const replies = [
      { message_type: 'comment', ...admin, body: 'Hello' },
      { message_type: 'note', ...admin, body: '<p>Note</p>' },
      {
        message_type: 'quick_reply',
        ...admin,
        reply_options: [{ text: 'Yes', uuid: 'a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb' }],
      },
      {
        message_type: 'comment',
        type: 'user',
        intercom_user_id: client.sandbox.store.conversation('nw4kq2tz', ids[1] as string)?.contactIds[0],
        body: 'Hi',
      },
    ];
    const parts = [
      { message_type: 'assignment', ...admin, assignee_id: CHLOE },
      { message_type: 'assignment', type: 'team', admin_id: AMARA, assignee_id: '0' },
      { message_type: 'snoozed', admin_id: AMARA, snoozed_until: client.sandbox.store.now() + 60 },
      { message_type: 'open', admin_id: AMARA },
      { message_type: 'close', ...admin, body: 'Bye' },
    ];
    for (const body of replies) expect(await problemsOf({ method: 'POST', path: `${target}/reply`, body })).toEqual([]);
    for (const body of parts) expect(await problemsOf({ method: 'POST', path: `${target}/parts`, body })).toEqual([]);
  });

  it('agree on the form of every refusal', async () => {
    const seatless = await client.token(DMITRI_WITHOUT_SEAT);
    const search = { method: 'POST', path: '/conversations/search' };
    const reply = { message_type: 'comment', type: 'admin', admin_id: AMARA, body: 'Hi' };
    const refusals: Call[] = [
      { path: '/me', as: 'nonsense', status: 401 },
      { path: '/conversations/1', status: 404 },
      { path: '/admins/1', status: 404 },
      { path: '/teams/1', status: 404 },
      { path: '/contacts/x', status: 404 },
      { path: '/companies', query: [['name', 'x']], status: 404 },
      { method: 'POST', path: '/conversations/1/reply', body: reply, status: 404 },
      { method: 'POST', path: `/conversations/${ids[0]}/reply`, body: reply, as: seatless, status: 403 },
    ];
    for (const call of refusals) expect([call.path, await problemsOf(call)]).toEqual([call.path, []]);
    const bad = await client.call('POST', search.path, { token, json: {} });
    expect(contract.checkResponse({ ...search, status: bad.status, body: bad.json })).toEqual([]);
    await client.control('POST', 'faults', { kind: 'rate_limit', times: 1 });
    expect(await problemsOf({ path: '/me', status: 429 })).toEqual([]);
  });

  it('agree on which searches are refused', async () => {
    const wrong = [
      { field: 'admin_assignee_id', operator: '=', value: '0' },
      { field: 'waiting_since', operator: '>=', value: 1 },
      { field: 'company', operator: '=', value: 'x' },
      { operator: 'AND', value: [] },
      { field: 'state', operator: 'IN', value: 'open' },
    ];
    for (const query of wrong) {
      const answer = await client.call('POST', '/conversations/search', { token, json: { query } });
      const headers = {
        authorization: `Bearer ${token}`,
        'intercom-version': '2.16',
        'content-type': 'application/json',
      };
      const problems = contract.checkRequest({
        method: 'POST',
        path: '/conversations/search',
        query: [],
        headers,
        body: { query },
      });
      expect([query, answer.status, problems.length > 0]).toEqual([query, 400, true]);
    }
  });
});
