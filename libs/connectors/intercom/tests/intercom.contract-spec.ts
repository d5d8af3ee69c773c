import { fetchIdentity, type ProviderRequest } from '#app/connector-kit';
import type { JsonObject } from '#app/kernel';
import { describeWithShared, loadIntercomContract, type ContractRequest, type IntercomContract } from '#app/testing';
import fc from 'fast-check';
import { loadIntercom, NOW, RecordedIntercom, run } from './intercom-provider.js';
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

const ID = '215473000001009';

const ANSWERS: Readonly<Record<string, unknown>> = {
  'GET /me': ME,
  'GET /admins': ADMINS,
  'GET /teams': TEAMS,
  'POST /conversations/search': CONVERSATION_PAGE,
  'POST /contacts/search': CONTACT_PAGE,
  [`GET /contacts/${CONTACT_ID}`]: CONTACT,
  [`GET /conversations/${ID}`]: conversationWith([part('1', 'comment', '<p>Hi</p>', JOE)]),
  [`POST /conversations/${ID}/reply`]: conversationWith([part('2', 'comment', '<p>Hi</p>', ANN_AUTHOR)]),
  [`POST /conversations/${ID}/parts`]: conversationWith([part('3', 'assignment', null, ANN_AUTHOR)]),
};

/** What the transport adds to every request. */
function withTransport(request: ProviderRequest): ContractRequest {
  const headers = { ...request.headers, authorization: 'Bearer token' };
  if (request.body === undefined) return { ...request, headers, body: undefined };
  const { contentType, text } = request.body;
  return {
    ...request,
    headers: { ...headers, 'content-type': contentType },
    body: JSON.parse(String(text)) as unknown,
  };
}

describeWithShared(
  'The Intercom connector against Intercom’s own API description',
  'intercom/2.16/api.intercom.io.yaml',
  (path) => {
    const connector = loadIntercom();
    let contract: IntercomContract;
    beforeAll(() => {
      contract = loadIntercomContract(path);
    });

    function problemsOf(http: RecordedIntercom): string[] {
      return [
        ...http.requests.flatMap((request) => contract.checkRequest(withTransport(request))),
        ...http.answered.flatMap(({ request: { method, path: at }, status, body }) =>
          contract.checkResponse({ method, path: at, status, body }),
        ),
      ];
    }

    it('asks who it is as described', async () => {
      const http = new RecordedIntercom(ANSWERS);
      await fetchIdentity(connector, { params: {}, http, clock: { now: () => NOW }, deadline: NOW + 1000 });
      expect(problemsOf(http)).toEqual([]);
    });

    it.each<[string, JsonObject]>([
      ['intercom_conversations_list', {}],
      ['intercom_conversations_list', { cursor: 'WzE3MzQ1Mzc1NjEsMV0=', limit: 3 }],
      [
        'intercom_conversations_list',
        { state: 'open', unassigned: true, priority: 'high', waiting_longer_than_hours: 4 },
      ],
      [
        'intercom_conversations_list',
        { state: 'closed', assigned_to: 'me', team_id: '5017691', tag_id: '7522907', priority: 'none' },
      ],
      ['intercom_conversation_get', { conversation_id: ID }],
      ['intercom_conversation_reply', { conversation_id: ID, body: 'Hello <you>' }],
      ['intercom_contacts_search', { email: 'joe@initech.example' }],
      ['intercom_contacts_search', { name: 'Joe', phone: '+353', external_id: '70', role: 'lead', limit: 150 }],
      ['intercom_contact_get', { contact_id: CONTACT_ID }],
      ['intercom_conversation_assign', { conversation_id: ID, assignee: 'Ben Okafor' }],
      ['intercom_conversation_assign', { conversation_id: ID, assignee: 'nobody' }],
      ['intercom_conversation_assign', { conversation_id: ID, assignee: 'Billing', assignee_type: 'team' }],
    ])('sends what is described: %s %j', async (tool, params) => {
      const http = new RecordedIntercom({
        ...ANSWERS,
        'POST /conversations/search': { ...CONVERSATION_PAGE, pages: null },
      });
      await run(connector, tool, params, http);
      expect(problemsOf(http)).toEqual([]);
    });

    it('sends what is described for every combination of filters', async () => {
      const filters = fc.record(
        {
          state: fc.constantFrom('open', 'closed', 'snoozed'),
          assigned_to: fc.constantFrom('me', '991267800'),
          team_id: fc.constant('5017691'),
          tag_id: fc.stringMatching(/^[0-9]{1,20}$/),
          priority: fc.constantFrom('none', 'low', 'medium', 'high', 'urgent'),
          waiting_longer_than_hours: fc.double({ min: 0, max: 1000, noNaN: true }),
          limit: fc.integer({ min: 1, max: 150 }),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(filters, async (params) => {
          const http = new RecordedIntercom({ 'POST /conversations/search': { ...CONVERSATION_PAGE, pages: null } });
          await run(connector, 'intercom_conversations_list', params, http);
          expect(problemsOf(http)).toEqual([]);
        }),
      );
    });
  },
);

describe('hostile arguments of the Intercom tools', () => {
  const connector = loadIntercom();

  it('E2 change nothing but the fields that they fill', async () => {
    const body = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }).filter((text) => /\S/.test(text));
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const http = new RecordedIntercom(ANSWERS);
        await run(connector, 'intercom_conversation_reply', { conversation_id: ID, body: text }, http);
        const [request] = http.requests;
        expect(request).toMatchObject({
          method: 'POST',
          path: `/conversations/${ID}/reply`,
          query: [],
          headers: { accept: 'application/json', 'intercom-version': '2.16' },
        });
        const { body: html, ...rest } = http.lastBody as { body: string };
        expect(rest).toEqual({ message_type: 'comment', type: 'admin', admin_id: '991267715' });
        expect(html).toMatch(/^(<p>([^<>]|<br>)*<\/p>)+$/s);
      }),
    );
  });
});
