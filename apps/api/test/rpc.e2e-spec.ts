import { Harness, type Teammate } from './harness.js';
import { PublishedClient } from './published-client.js';

const LIST = 'intercom_conversations_list';
const GET = 'intercom_conversation_get';
const REPLY = 'intercom_conversation_reply';

interface Scoped {
  readonly tools: readonly { tool: { definition: { name: string; description: string; input_schema: object } } }[];
}

describe('the published client, unmodified', () => {
  let gate: Harness;
  let sk: PublishedClient;
  let alice: Teammate;
  let bob: Teammate;

  beforeAll(async () => {
    gate = await Harness.start({ env: { GATEHOUSE_TOOL_DEADLINE_MS: '6000' } });
    sk = await PublishedClient.start(gate.url);
    const people = (await gate.teammates()).filter((one, _, all) => one.workspace_id === all[0]?.workspace_id);
    [alice, bob] = people.filter((one) => one.has_inbox_seat) as [Teammate, Teammate];
    await gate.connect('user_123', alice.id);
    await gate.connect('bob', bob.id);
  });
  afterAll(async () => {
    sk.stop();
    await gate.stop();
  });
  afterEach(() => gate.clearFaults());

  it("runs the product page's sample", async () => {
    const filter = { connectionNames: ['intercom'], toolNames: [LIST, GET, REPLY] };
    const { tools } = await sk.call<Scoped>('tools.listScopedTools', ['user_123', { filter, pageSize: 100 }]);
    const definitions = tools.map((each) => each.tool.definition);
    expect(definitions.map(({ name }) => name).toSorted()).toEqual([GET, REPLY, LIST].toSorted());
    expect(definitions).toContainEqual(
      expect.objectContaining({
        name: LIST,
        description: expect.any(String),
        input_schema: expect.objectContaining({ type: 'object' }),
      }),
    );
    const call = { toolName: LIST, identifier: 'user_123', params: { state: 'open', limit: 2 } };
    expect(await sk.call('tools.executeTool', [call])).toMatchObject({
      executionId: expect.stringMatching(/^exe_/),
      data: { conversations: [{ state: 'open' }, { state: 'open' }] },
    });
  });
});
