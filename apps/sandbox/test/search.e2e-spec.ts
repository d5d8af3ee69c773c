import { errorOf, SandboxClient, type Answer } from './sandbox-client.js';

interface Found {
  total_count: number;
  conversations: {
    id: string;
    state: string;
    priority: string;
    admin_assignee_id: number;
    waiting_since: number | null;
    updated_at: number;
  }[];
  pages: { page: number; total_pages: number; per_page: number; next?: { starting_after: string } };
}

interface FoundContacts {
  total_count: number;
  data: { id: string; email: string; role: string; created_at: number; name: string | null }[];
}

describe('search', () => {
  let client: SandboxClient;
  let token: string;
  let now: number;
  beforeAll(async () => {
    client = await SandboxClient.start();
    token = await client.token();
    now = client.sandbox.store.now();
  });
  afterAll(() => SandboxClient.closeAll());

  const search = (body: unknown): Promise<Answer<Found>> =>
    client.call('POST', '/conversations/search', { token, json: body });
  const searchContacts = (body: unknown): Promise<Answer<FoundContacts>> =>
    client.call('POST', '/contacts/search', { token, json: body });
  const filter = (field: string, operator: string, value: unknown): object => ({ field, operator, value });
  const all = (...value: object[]): object => ({ operator: 'AND', value });
  const any = (...value: object[]): object => ({ operator: 'OR', value });
  const count = async (query: object): Promise<number> => {
    const { status, json } = await search({ query, pagination: { per_page: 1 } });
    expect(status).toBe(200);
    return json.total_count;
  };
  const countContacts = async (query: object): Promise<number> =>
    (await searchContacts({ query, pagination: { per_page: 1 } })).json.total_count;

  describe('of conversations', () => {
    it('finds the same eight for "open, high priority, unassigned, waiting for over four hours" in every new sandbox', async () => {
      const query = all(
        filter('state', '=', 'open'),
        filter('priority', '=', 'high'),
        filter('admin_assignee_id', '=', 0),
        filter('waiting_since', '<', now - 4 * 3600),
      );
      const { json } = await search({ query, sort: { field: 'waiting_since', order: 'descending' } });
      expect(json.conversations.map((conversation) => conversation.id)).toEqual([
        '215473000001009',
        '215473000002018',
        '215473000003027',
        '215473000004036',
        '215473000005045',
        '215473000006054',
        '215473000007063',
        '215473000008072',
      ]);
      expect(json.total_count).toBe(8);
    });

    it('splits the inbox by each pair of opposite operators', async () => {
      const total = await count(filter('created_at', '>', 0));
      for (const [field, value] of [
        ['state', 'open'],
        ['priority', 'high'],
        ['admin_assignee_id', 0],
        ['open', true],
        ['tag_ids', '7522904'],
      ] as const) {
        const [is, isNot] = [await count(filter(field, '=', value)), await count(filter(field, '!=', value))];
        expect(is).toBeGreaterThan(0);
        expect(isNot).toBeGreaterThan(0);
        expect(is + isNot).toBe(total);
      }
      expect(
        (await count(filter('state', 'IN', ['open', 'snoozed']))) +
          (await count(filter('state', 'NIN', ['open', 'snoozed']))),
      ).toBe(total);
      expect(
        (await count(filter('source.subject', '~', 'refund'))) +
          (await count(filter('source.subject', '!~', 'refund'))),
      ).toBe(total);
    });

    it('includes the value itself in < and >', async () => {
      const { store } = client.sandbox;
      const exact = store.conversation('nw4kq2tz', '215473000002018')?.waitingSince as number;
      const lone = (operator: string, value: number): object =>
        all(filter('id', '=', '215473000002018'), filter('waiting_since', operator, value));
      expect(await count(lone('<', exact))).toBe(1);
      expect(await count(lone('>', exact))).toBe(1);
      expect(await count(lone('<', exact - 1))).toBe(0);
      expect(await count(lone('>', exact + 1))).toBe(0);
    });

    it('searches text by beginning, end and content without regard to case', async () => {
      const query = (operator: string, value: string): object =>
        all(filter('id', '=', '215473000001009'), filter('source.author.email', operator, value));
      const { store } = client.sandbox;
      const email = store.conversation('nw4kq2tz', '215473000001009')?.source.author.email as string;
      expect(await count(query('^', email.slice(0, 4).toUpperCase()))).toBe(1);
      expect(await count(query('$', '.EXAMPLE'))).toBe(1);
      expect(await count(query('~', '@'))).toBe(1);
      expect(await count(query('^', '@'))).toBe(0);
    });

    it('searches source.body word by word, never as a phrase', async () => {
      expect(await count(filter('source.body', '=', 'VAT'))).toBeGreaterThan(0);
      expect(await count(filter('source.body', '=', 'our VAT number'))).toBe(0);
      expect(await count(filter('source.body', '=', '<b>twice</b>'))).toBe(0);
    });

    it('joins filters with AND and OR, two levels deep', async () => {
      const open = filter('state', '=', 'open');
      const [urgent, high] = [filter('priority', '=', 'urgent'), filter('priority', '=', 'high')];
      const nested = await count(all(all(open), any(urgent, high)));
      expect(nested).toBe((await count(all(open, urgent))) + (await count(all(open, high))));
    });

    it('asks with null for what is not set', async () => {
      const waiting = await count(filter('waiting_since', '!=', null));
      expect(waiting).toBeGreaterThan(8);
      expect(waiting + (await count(filter('waiting_since', '=', null)))).toBe(
        await count(filter('created_at', '>', 0)),
      );
    });

    it('reads ratings and statistics', async () => {
      const low = await count(filter('conversation_rating.score', 'IN', [1, 2]));
      expect(low).toBeGreaterThan(0);
      expect(low).toBeLessThan(await count(filter('conversation_rating.score', '>', 1)));
      expect(await count(filter('statistics.count_conversation_parts', '>', 600))).toBe(1);
    });

    it('pages through everything exactly once, also while a conversation is written to in between', async () => {
      const body = {
        query: filter('state', 'IN', ['open', 'closed', 'snoozed']),
        sort: { field: 'created_at', order: 'ascending' },
      };
      const seen: string[] = [];
      let starting_after: string | null = null;
      for (let page = 1; page < 10; page += 1) {
        const { json }: Answer<Found> = await search({ ...body, pagination: { per_page: 60, starting_after } });
        expect(json.pages).toMatchObject({ page, per_page: 60, total_pages: Math.ceil(json.total_count / 60) });
        seen.push(...json.conversations.map((conversation) => conversation.id));
        await client.control('POST', 'conversations', { waiting_minutes: 60 * 24 * 400 });
        starting_after = json.pages.next?.starting_after ?? null;
        if (starting_after === null) break;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThan(300);
    });

    it('lists all without a query, 20 at a time, newest first', async () => {
      const first = await client.call<Found>('GET', '/conversations', { token });
      expect(first.json.conversations).toHaveLength(20);
      const times = first.json.conversations.map((conversation) => conversation.updated_at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      const cursor = encodeURIComponent(first.json.pages.next?.starting_after as string);
      const second = await client.call<Found>('GET', `/conversations?per_page=20&starting_after=${cursor}`, { token });
      expect(second.json.pages.page).toBe(2);
      expect(second.json.conversations[0]?.id).not.toBe(first.json.conversations[0]?.id);
    });

    it('refuses the cursor of another query', async () => {
      const { json } = await search({ query: filter('state', '=', 'open'), pagination: { per_page: 5 } });
      const starting_after = json.pages.next?.starting_after;
      const answer = await search({
        query: filter('state', '=', 'closed'),
        pagination: { per_page: 5, starting_after },
      });
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'client_error']);
      expect((await client.call('GET', `/conversations?starting_after=${starting_after}`, { token })).status).toBe(400);
    });

    it.each<[string, unknown, string]>([
      ['no query', {}, 'parameter_not_found'],
      ['an empty group', { query: { operator: 'AND', value: [] } }, 'parameter_invalid'],
      ['an unknown field', { query: { field: 'company', operator: '=', value: 'x' } }, 'invalid_field'],
      [
        'a field named like a member of every object',
        { query: { field: 'constructor', operator: '=', value: 'x' } },
        'invalid_field',
      ],
      ['an unknown operator', { query: { field: 'state', operator: 'LIKE', value: 'x' } }, 'parameter_invalid'],
      ['an order on text', { query: { field: 'state', operator: '>', value: 'open' } }, 'parameter_invalid'],
      ['an operator of contacts', { query: { field: 'created_at', operator: '>=', value: 1 } }, 'parameter_invalid'],
      [
        'text for an integer',
        { query: { field: 'admin_assignee_id', operator: '=', value: '0' } },
        'parameter_invalid',
      ],
      ['a fraction for a date', { query: { field: 'created_at', operator: '>', value: 1.5 } }, 'parameter_invalid'],
      ['a number for an id', { query: { field: 'tag_ids', operator: '=', value: 1 } }, 'parameter_invalid'],
      ['text for a boolean', { query: { field: 'open', operator: '=', value: 'true' } }, 'parameter_invalid'],
      ['IN without an array', { query: { field: 'state', operator: 'IN', value: 'open' } }, 'parameter_invalid'],
      ['= with an array', { query: { field: 'state', operator: '=', value: ['open'] } }, 'parameter_invalid'],
      ['an order on null', { query: { field: 'created_at', operator: '>', value: null } }, 'parameter_invalid'],
      [
        'too large a page',
        { query: { field: 'open', operator: '=', value: true }, pagination: { per_page: 151 } },
        'parameter_invalid',
      ],
      [
        'no page',
        { query: { field: 'open', operator: '=', value: true }, pagination: { per_page: 0 } },
        'parameter_invalid',
      ],
      [
        'a page in words',
        { query: { field: 'open', operator: '=', value: true }, pagination: { per_page: '5' } },
        'parameter_invalid',
      ],
      [
        'a made-up cursor',
        { query: { field: 'open', operator: '=', value: true }, pagination: { starting_after: 'abc' } },
        'client_error',
      ],
      [
        'an unknown order',
        { query: { field: 'open', operator: '=', value: true }, sort: { order: 'desc' } },
        'invalid_sort_order',
      ],
    ])('refuses %s', async (_name, body, code) => {
      const answer = await search(body);
      expect([answer.status, errorOf(answer).code]).toEqual([400, code]);
    });

    it('refuses sixteen filters, three levels, and filters beside groups', async () => {
      const open = filter('state', '=', 'open');
      const queries = [
        all(...Array.from({ length: 16 }, () => open)),
        all(any(all(open))),
        all(open, any(open)),
        filter('id', 'IN', Array.from({ length: 16 }, String)),
      ];
      const statuses = await Promise.all(queries.map(async (query) => (await search({ query })).status));
      expect(statuses).toEqual([400, 400, 400, 400]);
    });
  });

  describe('of contacts', () => {
    it('finds the user and both leads that share an address, however it is written', async () => {
      const { json } = await searchContacts({ query: filter('email', '=', 'Sam.Shared@mail.example') });
      expect(json.data.map((contact) => contact.role).toSorted()).toEqual(['lead', 'lead', 'user']);
    });

    it('never finds a merged contact', async () => {
      expect(await countContacts(filter('name', '^', 'Merged'))).toBe(0);
    });

    it('compares dates by calendar day in the time zone of the workspace', async () => {
      const { store } = client.sandbox;
      const contact = store.contactsOf('nw4kq2tz').find((c) => c.mergedInto === null);
      const created = contact?.createdAt as number;
      const on = (operator: string, value: number): object =>
        all(filter('id', '=', contact?.id), filter('created_at', operator, value));
      // 15:00 UTC is 10:00 or 11:00 in New York: nine hours earlier is the day before there, not in UTC.
      expect(await countContacts(on('=', created))).toBe(1);
      expect(await countContacts(on('=', created + 3 * 3600))).toBe(1);
      expect(await countContacts(on('>', created - 3600))).toBe(0);
      expect(await countContacts(on('<', created + 3600))).toBe(0);
      expect(await countContacts(on('>', created - 12 * 3600))).toBe(1);
      expect(await countContacts(on('=', created - 12 * 3600))).toBe(0);
    });

    it('searches custom attributes by name', async () => {
      expect(await countContacts(filter('custom_attributes.plan_interest', '=', 'Business'))).toBeGreaterThan(0);
      expect(await countContacts(filter('custom_attributes.nothing', '=', 'x'))).toBe(0);
    });

    it('sorts by a field on request', async () => {
      const sorted = async (order: string): Promise<number[]> => {
        const body = {
          query: filter('role', '=', 'user'),
          sort: { field: 'created_at', order },
          pagination: { per_page: 150 },
        };
        return (await searchContacts(body)).json.data.map((contact) => contact.created_at);
      };
      const ascending = await sorted('ascending');
      expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
      expect(await sorted('descending')).toEqual(ascending.toReversed());
    });

    it.each([
      ['a date with !=', filter('created_at', '!=', 1)],
      ['a date with IN', filter('created_at', 'IN', [1])],
      ['a tag with ~', filter('tag_id', '~', '7')],
      ['a field of conversations', filter('state', '=', 'open')],
    ])('refuses %s', async (_name, query) => {
      expect((await searchContacts({ query })).status).toBe(400);
    });
  });
});
