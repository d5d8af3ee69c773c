import { describeWithShared, loadIntercomContract } from '#app/testing';
import { Harness, type Teammate } from './harness.js';

type Contract = ReturnType<typeof loadIntercomContract>;

describeWithShared(
  'what leaves for Intercom, from the first call to the last',
  'intercom/2.16/api.intercom.io.yaml',
  (path) => {
    let gate: Harness;
    let contract: Contract;

    beforeAll(async () => {
      contract = loadIntercomContract(path);
      gate = await Harness.start();
      await gate.connect('alice', ((await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate).id);
    });
    afterAll(() => gate.stop());

    const call = async (tool: string, params: object): Promise<Record<string, unknown>> => {
      const answer = await gate.execute(tool, 'alice', params);
      expect([tool, answer.status, answer.json()['detail']]).toEqual([tool, 200, undefined]);
      return answer.json()['data'] as Record<string, unknown>;
    };

    it('conforms to the published description, for every tool and every argument', async () => {
      const everyFilter = {
        state: 'open',
        tag_id: '1',
        team_id: '5017691',
        priority: 'high',
        waiting_longer_than_hours: 4,
        limit: 5,
      };
      await call('intercom_conversations_list', {});
      await call('intercom_conversations_list', { ...everyFilter, unassigned: true });
      await call('intercom_conversations_list', { assigned_to: 'me', limit: 150 });
      const { conversations } = await call('intercom_conversations_list', { state: 'open', limit: 1 });
      const conversation_id = (conversations as { id: string }[])[0]?.id;
      await call('intercom_conversation_get', { conversation_id });
      await call('intercom_conversation_reply', { conversation_id, body: 'Hello <you> & "all"\n\nمرحبا 👩🏽‍🚀' });
      for (const assignee of ['me', 'nobody', '1000002'])
        await call('intercom_conversation_assign', { conversation_id, assignee });
      await call('intercom_conversation_assign', { conversation_id, assignee: '5017692', assignee_type: 'team' });
      const { contacts } = await call('intercom_contacts_search', { name: 'a', role: 'user', limit: 1 });
      await call('intercom_contact_get', { contact_id: (contacts as { id: string }[])[0]?.id });

      // consent and code exchange are Intercom's, too, but no part of its API description
      const seen = (await gate.providerRequests()).filter((request) => !/^\/(oauth|auth)\b/.test(request.path));
      expect(seen.length).toBeGreaterThan(10);
      const problems = seen.flatMap((request) =>
        contract.checkRequest(request as never).map((problem) => `${request.method} ${request.path}: ${problem}`),
      );
      expect(problems).toEqual([]);
    });
  },
);
