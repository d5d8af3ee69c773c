import { loadIntercomContract, type ContractRequest, type IntercomContract } from './intercom-contract.js';
import { describeWithShared } from './shared-data.js';

const HEADERS = { 'Intercom-Version': '2.16', authorization: 'Bearer token', 'content-type': 'application/json' };

describeWithShared("Intercom's API description as a contract", 'intercom/2.16/api.intercom.io.yaml', (path) => {
  let contract: IntercomContract;
  beforeAll(() => {
    contract = loadIntercomContract(path);
  });

  const problemsOf = (request: Partial<ContractRequest>): string[] =>
    contract.checkRequest({ method: 'GET', path: '/me', query: {}, headers: HEADERS, body: undefined, ...request });
  const problemsOfSearch = (query: unknown, kind = 'conversations'): string[] =>
    problemsOf({ method: 'POST', path: `/${kind}/search`, body: { query } });
  const problemsOfReply = (body: unknown): string[] =>
    problemsOf({ method: 'POST', path: '/conversations/1/reply', body });
  const problemsOfParts = (body: unknown): string[] =>
    problemsOf({ method: 'POST', path: '/conversations/1/parts', body });

  describe('requests', () => {
    it.each<[string, Partial<ContractRequest>]>([
      ['who am I', {}],
      ['one conversation as text', { path: '/conversations/215473000001009', query: { display_as: 'plaintext' } }],
      [
        'a page of conversations',
        {
          path: '/conversations',
          query: [
            ['per_page', '150'],
            ['starting_after', 'abc'],
          ],
        },
      ],
      [
        'a reply',
        {
          method: 'POST',
          path: '/conversations/1/reply',
          body: { message_type: 'comment', type: 'admin', admin_id: '1', body: 'Hi' },
        },
      ],
      [
        'a note',
        {
          method: 'POST',
          path: '/conversations/1/reply',
          body: { message_type: 'note', type: 'admin', admin_id: '1', body: 'Hi' },
        },
      ],
      [
        'an assignment',
        {
          method: 'POST',
          path: '/conversations/1/parts',
          body: { message_type: 'assignment', type: 'team', admin_id: '1', assignee_id: '0' },
        },
      ],
      [
        'a close',
        {
          method: 'POST',
          path: '/conversations/1/parts',
          body: { message_type: 'close', type: 'admin', admin_id: '1' },
        },
      ],
    ])('allows %s', (_name, request) => {
      expect(problemsOf(request)).toEqual([]);
    });

    it('allows a nested search with paging and sorting', () => {
      const state = { field: 'state', operator: '=', value: 'open' };
      const mine = { field: 'admin_assignee_id', operator: 'IN', value: [0, 991267715] };
      const body = {
        query: {
          operator: 'AND',
          value: [
            { operator: 'AND', value: [state] },
            { operator: 'OR', value: [mine] },
          ],
        },
        pagination: { per_page: 20, starting_after: null },
        sort: { field: 'waiting_since', order: 'ascending' },
      };
      expect(problemsOf({ method: 'POST', path: '/conversations/search', body })).toEqual([]);
    });

    it('prefers a literal path segment over a parameter', () => {
      expect(problemsOfSearch({ field: 'email', operator: '=', value: 'a@b.example' }, 'contacts')).toEqual([]);
    });

    it.each<[string, Partial<ContractRequest>, RegExp]>([
      ['an unknown path', { path: '/nothing' }, /not an operation/],
      ['an unknown method', { method: 'DELETE', path: '/me' }, /not an operation/],
      ['an undeclared query parameter', { query: { admin: '1' } }, /admin is not declared/],
      [
        'a query parameter of another type',
        { path: '/conversations', query: { per_page: 'many' } },
        /per_page must be integer/,
      ],
      ['a page that is too large', { path: '/conversations', query: { per_page: '151' } }, /per_page must be <= 150/],
      ['a path parameter of another type', { path: '/conversations/last' }, /conversation_id must be integer/],
      ['another version', { headers: { ...HEADERS, 'Intercom-Version': '2.14' } }, /Intercom-Version must be 2.16/],
      ['no version', { headers: { authorization: 'Bearer token' } }, /Intercom-Version/],
      ['no token', { headers: { 'intercom-version': '2.16' } }, /Authorization/],
      ['a body where none belongs', { body: { a: 1 } }, /takes no body/],
      ['no body where one belongs', { method: 'POST', path: '/contacts/search' }, /body is missing/],
      [
        'an undeclared content type',
        { method: 'POST', path: '/contacts/search', body: {}, headers: { ...HEADERS, 'content-type': 'text/plain' } },
        /Content-Type/,
      ],
    ])('refuses %s', (_name, request, problem) => {
      expect(problemsOf(request).join('\n')).toMatch(problem);
    });

    it.each<[string, unknown, RegExp]>([
      ['without admin_id', { message_type: 'comment', type: 'admin', body: 'Hi' }, /admin_id/],
      [
        'with a number as admin_id',
        { message_type: 'comment', type: 'admin', admin_id: 1, body: 'Hi' },
        /admin_id must be string/,
      ],
      [
        'without a body, which only the text asks for',
        { message_type: 'comment', type: 'admin', admin_id: '1' },
        /body is missing/,
      ],
      [
        'of an unknown message type',
        { message_type: 'reply', type: 'admin', admin_id: '1', body: 'Hi' },
        /message_type/,
      ],
      [
        'with an undeclared member',
        { message_type: 'note', type: 'admin', admin_id: '1', body: 'Hi', html: true },
        /html/,
      ],
    ])('refuses a reply %s', (_name, body, problem) => {
      expect(problemsOfReply(body).join('\n')).toMatch(problem);
    });

    it.each<[string, unknown]>([
      ['an assignment without an assignee', { message_type: 'assignment', type: 'admin', admin_id: '1' }],
      ['an assignment to a number', { message_type: 'assignment', type: 'admin', admin_id: '1', assignee_id: 5 }],
      ['an assignment to a bot', { message_type: 'assignment', type: 'bot', admin_id: '1', assignee_id: '5' }],
      ['a snooze until nothing', { message_type: 'snoozed', admin_id: '1' }],
      ['a reply in the wrong place', { message_type: 'comment', type: 'admin', admin_id: '1', body: 'Hi' }],
    ])('refuses %s', (_name, body) => {
      expect(problemsOfParts(body)).not.toEqual([]);
    });

    const filter = (field: string, operator: string, value: unknown): object => ({ field, operator, value });
    const ok = filter('state', '=', 'open');

    it.each<[string, unknown, RegExp]>([
      ['an integer field with text', filter('admin_assignee_id', '=', '991267715'), /another type/],
      ['an id field with a number', filter('tag_ids', '=', 7), /another type/],
      ['a boolean field with text', filter('open', '=', 'true'), /another type/],
      ['a date with words', filter('created_at', '>', 'yesterday'), /another type/],
      ['an order on text', filter('state', '>', 'open'), /operator >/],
      ['an operator of contacts only', filter('waiting_since', '>=', 1), /operator >=/],
      ['an operator that does not exist', filter('state', '==', 'open'), /operator/],
      ['a field that does not exist', filter('company.name', '=', 'x'), /not an accepted field/],
      ['IN without an array', filter('state', 'IN', 'open'), /needs an array/],
      ['= with an array', filter('state', '=', ['open']), /needs one value/],
      ['IN with sixteen values', filter('id', 'IN', Array.from({ length: 16 }, String)), /1 to 15 values/],
      ['an empty group', { operator: 'AND', value: [] }, /no filters/],
      ['sixteen filters', { operator: 'OR', value: Array.from({ length: 16 }, () => ok) }, /more than 15/],
      ['filters beside groups', { operator: 'AND', value: [ok, { operator: 'OR', value: [ok] }] }, /oneOf/],
      [
        'a third level',
        { operator: 'AND', value: [{ operator: 'OR', value: [{ operator: 'AND', value: [ok] }] }] },
        /deeper than 2/,
      ],
    ])('refuses a conversation search for %s', (_name, query, problem) => {
      expect(problemsOfSearch(query).join('\n')).toMatch(problem);
    });

    it.each<[string, unknown, RegExp]>([
      ['a date other than by = < >', filter('created_at', '!=', 1), /operator !=/],
      ['a tag with anything but = and !=', filter('tag_id', '~', 'x'), /operator ~/],
      ['tags with IN', filter('tag_id', 'IN', ['1']), /operator IN/],
      ['a field of conversations', filter('state', '=', 'open'), /not an accepted field/],
    ])('refuses a contact search for %s', (_name, query, problem) => {
      expect(problemsOfSearch(query, 'contacts').join('\n')).toMatch(problem);
    });

    it('refuses a search without a query', () => {
      expect(
        problemsOf({ method: 'POST', path: '/conversations/search', body: { pagination: { per_page: 5 } } }).join('\n'),
      ).toMatch(/query/);
    });
  });

  describe('answers', () => {
    const error = {
      type: 'error.list',
      request_id: null,
      errors: [{ code: 'not_found', message: 'Resource Not Found' }],
    };
    const check = (path_: string, status: number, body: unknown): string =>
      contract.checkResponse({ method: 'GET', path: path_, status, body }).join('\n');

    it('allows what conforms, with null where the description says nullable beside a reference', () => {
      const conversation = {
        type: 'conversation',
        id: '1',
        company: null,
        ai_agent: null,
        statistics: null,
        state: 'open',
      };
      expect(check('/conversations/1', 200, conversation)).toBe('');
    });

    it('allows an undeclared error status in the form of an error list', () => {
      expect(check('/me', 429, error)).toBe('');
      expect(check('/me', 500, { message: 'no' })).toMatch(/type/);
    });

    it.each<[string, string, number, unknown, RegExp]>([
      ['a number as id', '/conversations/1', 200, { id: 1 }, /id must be string/],
      ['an unknown state', '/conversations/1', 200, { state: 'pending' }, /state must be equal/],
      ['null where it is not nullable', '/conversations/1', 200, { priority: null }, /priority/],
      ['an undeclared member', '/conversations/1', 200, { assignee: 1 }, /assignee/],
      ['an error in another shape', '/conversations/1', 404, { error: 'not found' }, /type/],
      ['an undeclared success', '/me', 204, null, /not declared/],
      ['an answer to nothing', '/nothing', 200, {}, /not an operation/],
      [
        'a wrong item inside a list',
        '/teams',
        200,
        { type: 'team.list', teams: [{ id: '1', admin_ids: ['1'] }] },
        /admin_ids\/0 must be integer/,
      ],
    ])('refuses %s', (_name, path_, status, body, problem) => {
      expect(check(path_, status, body)).toMatch(problem);
    });
  });
});
