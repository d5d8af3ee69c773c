import { GatehouseClient, type ToolAnswer } from './gatehouse-client.js';
import type { Instance } from './gatehouse-instance.js';
import { SandboxClient, type Consent, type Teammate } from './sandbox-client.js';
import type { Story } from './story.js';

const ALICE = 'demo_alice';
const BOB = 'demo_bob';

interface Cast {
  readonly story: Story;
  readonly gatehouse: GatehouseClient;
  readonly sandbox: SandboxClient;
  /** The teammates that Alice and Bob are at the provider. */
  readonly teammates: { readonly alice: string; readonly bob: string };
}

/** The product's story, start to end. Throws at the first step that does not hold. */
export async function tellTheStory(instance: Instance, story: Story): Promise<void> {
  const cast = await connectBoth(instance, story);
  await listTools(cast);
  const conversationId = await findWaitingConversation(cast);
  await readReplyAssign(cast, conversationId);
  await blockedByToolset(cast, conversationId);
  await revokedAtTheProvider(cast);
  await auditTrail(cast);
}

async function connectBoth(instance: Instance, story: Story): Promise<Cast> {
  const gatehouse = new GatehouseClient(instance);
  story.chapter("The tenant's back end gets an access token");
  const { expiresIn } = await gatehouse.authenticate();
  story.holds(`client credentials → a token good for ${expiresIn / 3600} hours`, expiresIn > 0);

  story.chapter('Two end users connect their own Intercom account, once');
  const links = { alice: await gatehouse.connectLink(ALICE), bob: await gatehouse.connectLink(BOB) };
  story.tell(`connect link for ${ALICE}: ${links.alice}`);
  story.tell(`connect link for ${BOB}:   ${links.bob}`);
  const alice = await consentAs(story, ALICE, links.alice, null);
  const bob = await consentAs(story, BOB, links.bob, alice.teammate);
  for (const user of [ALICE, BOB]) {
    const account = await gatehouse.account(user);
    const principal = account['principal'] as { label: string } | null;
    story.holds(
      `${user} is ${String(account['status'])} as ${principal?.label ?? 'nobody'}`,
      account['status'] === 'ACTIVE',
      account,
    );
  }
  return { story, gatehouse, sandbox: alice.sandbox, teammates: { alice: alice.teammate.id, bob: bob.teammate.id } };
}

/** A teammate with an inbox seat; for the second user, a colleague of the first. */
function chooser(colleagueOf: Teammate | null): (people: readonly Teammate[]) => Teammate {
  return (people) => {
    const workspace = (colleagueOf ?? people[0])?.workspace_id;
    const found = people.find(
      (one) => one.has_inbox_seat && one.workspace_id === workspace && one.id !== colleagueOf?.id,
    );
    if (!found) throw new Error('The sandbox has no such teammate with an inbox seat');
    return found;
  };
}

async function consentAs(story: Story, user: string, link: string, colleagueOf: Teammate | null): Promise<Consent> {
  const consent = await SandboxClient.consent(link, chooser(colleagueOf));
  story.holds(
    `${user} consents in the browser and lands on ${new URL(consent.landedAt).pathname}`,
    consent.status === 200,
    consent,
  );
  return consent;
}

async function listTools({ story, gatehouse }: Cast): Promise<void> {
  story.chapter(`The agent asks which tools it may call as ${ALICE}`);
  const tools = await gatehouse.scopedTools(ALICE);
  const account = String((await gatehouse.account(ALICE))['id']);
  for (const { name } of tools) story.tell(name);
  const hers = tools.every((tool) => tool.identifier === ALICE && tool.accountId === account);
  story.holds(`${tools.length} tools, all of them for her own account`, tools.length >= 6 && hers, tools);
}

async function findWaitingConversation({ story, gatehouse }: Cast): Promise<string> {
  story.chapter('"Open high-priority conversations unassigned for more than 4 hours"');
  const params = { state: 'open', priority: 'high', unassigned: true, waiting_longer_than_hours: 4, limit: 20 };
  const data = succeeded(await gatehouse.execute(ALICE, 'intercom_conversations_list', params));
  const conversations = data['conversations'] as Record<string, unknown>[];
  for (const { id, title, waiting_since: since } of conversations)
    story.tell(`${String(id)}  waiting since ${String(since)}  ${typeof title === 'string' ? title : ''}`);
  const latest = Date.now() - 4 * 3_600_000;
  const fitting = conversations.every(
    (one) =>
      one['state'] === 'open' &&
      one['priority'] === 'high' &&
      one['admin_assignee_id'] === null &&
      Date.parse(String(one['waiting_since'])) <= latest,
  );
  const claim = `${conversations.length} found: each open, of high priority, unassigned, its customer waiting for more than 4 hours`;
  story.holds(claim, conversations.length > 0 && fitting, conversations);
  return String(conversations[0]?.['id']);
}

async function readReplyAssign({ story, gatehouse, teammates }: Cast, conversationId: string): Promise<void> {
  const conversation = { conversation_id: conversationId };
  story.chapter(`The agent reads ${conversationId}, replies and takes it, as ${ALICE}`);
  const read = succeeded(await gatehouse.execute(ALICE, 'intercom_conversation_get', conversation));
  story.holds('the conversation is read as plain text', String(read['id']) === conversationId, read);
  const reply = { ...conversation, body: 'Thanks for waiting. We are on it and will be back within the hour.' };
  succeeded(await gatehouse.execute(ALICE, 'intercom_conversation_reply', reply));
  const after = succeeded(await gatehouse.execute(ALICE, 'intercom_conversation_get', conversation));
  const ours = (after['parts'] as { body: string; author: { id: string } }[]).at(-1);
  story.holds(
    `the reply is in the conversation, written by teammate ${teammates.alice}`,
    ours?.author.id === teammates.alice && ours.body === reply.body,
    ours,
  );
  const assigned = succeeded(
    await gatehouse.execute(ALICE, 'intercom_conversation_assign', { ...conversation, assignee: 'me' }),
  );
  story.holds(
    'the conversation is assigned to her',
    String(assigned['admin_assignee_id']) === teammates.alice,
    assigned,
  );
}

async function blockedByToolset({ story, gatehouse, sandbox }: Cast, conversationId: string): Promise<void> {
  story.chapter('A call that the toolset does not allow');
  const before = (await sandbox.requests()).length;
  const params = { conversation_id: conversationId, body: 'This must not be sent.' };
  const answer = await gatehouse.execute(ALICE, 'intercom_conversation_reply', params, [
    'intercom_conversations_list',
    'intercom_conversation_get',
  ]);
  story.holds(refusalText(answer), !answer.ok && answer.problem.code === 'policy_denied', answer);
  const after = (await sandbox.requests()).length;
  story.holds('nothing reached the provider', after === before, { before, after });
}

async function revokedAtTheProvider({ story, gatehouse, sandbox, teammates }: Cast): Promise<void> {
  story.chapter(`${ALICE}'s grant is revoked at the provider`);
  await sandbox.revoke(teammates.alice);
  const params = { state: 'open', limit: 1 };
  const first = await gatehouse.execute(ALICE, 'intercom_conversations_list', params);
  story.holds(`her next call: ${refusalText(first)}`, !first.ok && first.problem.code === 'account_not_active', first);
  story.holds('the error carries a connect link for her', !first.ok && first.problem.connect_url !== undefined, first);
  const before = (await sandbox.requests()).length;
  const second = await gatehouse.execute(ALICE, 'intercom_conversations_list', params);
  const after = (await sandbox.requests()).length;
  story.holds('the call after that is refused without asking the provider', !second.ok && before === after, second);
  const bob = await gatehouse.execute(BOB, 'intercom_conversations_list', params);
  story.holds(`${BOB} notices nothing: his call works`, bob.ok, bob);
}

async function auditTrail({ story, gatehouse }: Cast): Promise<void> {
  story.chapter('The audit trail of all this, as NDJSON');
  const lines = (await gatehouse.exportAudit()).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as Record<string, string | null>);
  for (const event of events.filter(({ identifier }) => identifier === ALICE || identifier === BOB))
    story.tell(
      [
        event['occurred_at'],
        event['identifier'],
        event['type'],
        event['tool_name'] ?? '',
        event['decision'] ?? event['status'] ?? '',
        event['error_code'] ?? '',
      ].join('  '),
    );
  const count = (type: string): number => events.filter((event) => event['type'] === type).length;
  story.holds(
    `${count('tool.requested')} intents and ${count('tool.executed')} outcomes: none without the other`,
    count('tool.requested') === count('tool.executed'),
  );
  story.holds(`${count('tool.refused')} refusals recorded`, count('tool.refused') >= 2);
  story.holds('no reply text in the trail', !lines.join('').includes('back within the hour'));
}

function succeeded(answer: ToolAnswer): Record<string, unknown> {
  if (answer.ok) return answer.data;
  throw new Error(`The call failed: ${answer.problem.code}: ${answer.problem.detail}`);
}

const refusalText = (answer: ToolAnswer): string =>
  answer.ok ? 'it was let through' : `${answer.problem.code}: ${answer.problem.detail}`;
