import type { Json, JsonObject } from '#app/kernel';
import type { DoorCase } from './door-case.js';

export const LIST = 'intercom_conversations_list';
export const GET = 'intercom_conversation_get';
export const REPLY = 'intercom_conversation_reply';
export const ASSIGN = 'intercom_conversation_assign';
export const SEARCH = 'intercom_contacts_search';
export const CONTACT = 'intercom_contact_get';

export const EXECUTED = ['tool.requested', 'tool.executed'];
export const REFUSED = ['tool.refused'];

/** A call of one tool by Alice, who may do everything that her provider lets her. */
export const asAlice = (tool: string, params: JsonObject = {}): JsonObject => ({
  tool_name: tool,
  identifier: 'alice',
  params,
});

const done = (name: string, ask: DoorCase['ask'], more: Partial<DoorCase> = {}): DoorCase => ({
  name,
  method: 'executeTool',
  ask,
  code: null,
  records: EXECUTED,
  ...more,
});

const FILTERS: readonly (readonly [string, JsonObject])[] = [
  ['without a filter', {}],
  ['that are open', { state: 'open' }],
  ['that are closed', { state: 'closed' }],
  ['that are snoozed', { state: 'snoozed' }],
  ['without priority', { priority: 'none' }],
  ['of low priority', { priority: 'low' }],
  ['of medium priority', { priority: 'medium' }],
  ['of high priority', { priority: 'high' }],
  ['that are urgent', { priority: 'urgent' }],
  ['of mine', { assigned_to: 'me' }],
  ['of a teammate that there is not', { assigned_to: '999999999' }],
  ['of nobody', { unassigned: true }],
  ['by a filter that is off', { unassigned: false }],
  ['of a team', { team_id: '1' }],
  ['with a tag', { tag_id: '1' }],
  ['that wait', { waiting_longer_than_hours: 1 }],
  ['that wait for half an hour', { waiting_longer_than_hours: 0.5 }],
  ['with null for absent', { state: null, tag_id: null, priority: 'high' }],
  ['by four filters', { state: 'open', priority: 'high', unassigned: true, waiting_longer_than_hours: 4 }],
];

const CONTACTS: readonly (readonly [string, JsonObject])[] = [
  ['by a part of the name', { name: 'a' }],
  ['by role', { name: 'e', role: 'lead' }],
  ['by an address that nobody has', { email: 'nobody@example.com' }],
  ['by a number that nobody has', { phone: '+353871234567' }],
  ['by an id of ours', { external_id: 'none' }],
];

/** Calls that change nothing, and so find at every door what they found at the first. */
export const READING_CALLS: readonly DoorCase[] = [
  ...FILTERS.map(([name, params]) => done(`lists conversations ${name}`, asAlice(LIST, { ...params, limit: 3 }))),
  ...CONTACTS.map(([name, params]) => done(`searches contacts ${name}`, asAlice(SEARCH, { ...params, limit: 3 }))),
  ...[1, 2, 150].map((limit) => done(`lists up to ${limit}`, asAlice(LIST, { state: 'open', tag_id: '1', limit }))),
  done('reads a conversation', ({ conversation }) => asAlice(GET, { conversation_id: conversation })),
  done('reads the newest messages of one', ({ conversation }) =>
    asAlice(GET, { conversation_id: conversation, parts_limit: 1 }),
  ),
  done('reads a contact', ({ stage }) => asAlice(CONTACT, { contact_id: stage.contact })),
  done('lets who has no seat read', ({ conversation }) => ({
    ...asAlice(GET, { conversation_id: conversation }),
    identifier: 'carol',
  })),
  done('lets a narrow client call its tool', asAlice(LIST, { limit: 1 }), { client: 'narrow' }),
  done('knows intercom_list_conversations too', asAlice('intercom_list_conversations', { limit: 1 })),
  done('knows intercom_search_contacts too', asAlice('intercom_search_contacts', { name: 'a', limit: 1 })),
  done('knows intercom_get_conversation too', ({ conversation }) =>
    asAlice('intercom_get_conversation', { conversation_id: conversation }),
  ),
  done('knows intercom_get_contact too', ({ stage }) => asAlice('intercom_get_contact', { contact_id: stage.contact })),
  done('takes the account by its id', ({ stage }) => ({
    tool_name: LIST,
    connected_account_id: stage.id('alice'),
    params: { limit: 1 },
  })),
  done('takes the connection by name', { ...asAlice(LIST, { limit: 1 }), connector: 'intercom' }),
  done('takes the one that is named of two accounts', {
    ...asAlice(LIST, { limit: 1 }),
    identifier: 'two',
    connector: 'emea',
  }),
  done('keeps the name of the run', { ...asAlice(LIST, { limit: 1 }), agent_run_id: 'run-7' }),
  done('takes no arguments for none', { tool_name: LIST, identifier: 'alice' }, { code: null }),
];

/** Calls that change something. */
export const WRITING_CALLS: readonly DoorCase[] = [
  done('replies', ({ conversation }) => asAlice(REPLY, { conversation_id: conversation, body: 'Hello <b>you</b> ✓' })),
  ...['me', 'nobody'].map((assignee) =>
    done(`assigns to ${assignee}`, ({ conversation }) =>
      asAlice(ASSIGN, { conversation_id: conversation, assignee, assignee_type: 'admin' }),
    ),
  ),
  done('knows intercom_reply_to_conversation too', ({ conversation }) =>
    asAlice('intercom_reply_to_conversation', { conversation_id: conversation, body: 'Hello' }),
  ),
  done('knows intercom_assign_conversation too', ({ conversation }) =>
    asAlice('intercom_assign_conversation', { conversation_id: conversation, assignee: 'nobody' }),
  ),
];

const BAD_ARGUMENTS: Readonly<Record<string, readonly (readonly [string, JsonObject])[]>> = {
  [LIST]: [
    ['an unknown state', { state: 'opened' }],
    ['a state that is a number', { state: 1 }],
    ['a state in capitals', { state: 'OPEN' }],
    ['an unknown priority', { priority: 'highest' }],
    ['a limit of nothing', { limit: 0 }],
    ['a limit below nothing', { limit: -1 }],
    ['a limit beyond', { limit: 151 }],
    ['a limit that is a text', { limit: '5' }],
    ['half a limit', { limit: 1.5 }],
    ['a limit past 2^53', { limit: 2 ** 53 + 2 }],
    ['an assignee that is no id', { assigned_to: 'alice' }],
    ['two assignees at once', { assigned_to: 'me', unassigned: true }],
    ['a yes that is a text', { unassigned: 'true' }],
    ['a team that is a path', { team_id: '../1' }],
    ['a tag that is a word', { tag_id: 'vip' }],
    ['a wait below nothing', { waiting_longer_than_hours: -1 }],
    ['a wait beyond', { waiting_longer_than_hours: 87_601 }],
    ['a wait that is a text', { waiting_longer_than_hours: '4' }],
    ['a cursor with a space', { cursor: 'a b' }],
    ['an empty cursor', { cursor: '' }],
    ['a field that there is not', { colour: 'red' }],
    ['a field of the pipeline', { tenant_id: 'ten_1' }],
    ['three wrong fields at once', { state: 1, limit: 'x', colour: 'red' }],
  ],
  [GET]: [
    ['no id', {}],
    ['null for the id', { conversation_id: null }],
    ['a number for the id', { conversation_id: 215_000_000_000_001 }],
    ['a list for the id', { conversation_id: ['1'] }],
    ['an object for the id', { conversation_id: { id: '1' } }],
    ['a path for the id', { conversation_id: '../me' }],
    ['an encoded slash in the id', { conversation_id: '1%2f2' }],
    ['a line end in the id', { conversation_id: '1\n2' }],
    ['NUL in the id', { conversation_id: '1\u0000' }],
    ['digits of another script', { conversation_id: '١٢٣' }],
    ['an id that is too long', { conversation_id: '1'.repeat(21) }],
    ['no messages', { conversation_id: '1', parts_limit: 0 }],
    ['too many messages', { conversation_id: '1', parts_limit: 501 }],
  ],
  [REPLY]: [
    ['no body', { conversation_id: '1' }],
    ['an empty body', { conversation_id: '1', body: '' }],
    ['a body of blanks', { conversation_id: '1', body: '   ' }],
    ['a body that is too long', { conversation_id: '1', body: 'x'.repeat(20_001) }],
    ['a body that is an object', { conversation_id: '1', body: { html: 'x' } }],
    ['another author', { conversation_id: '1', body: 'x', admin_id: '7' }],
    ['a note in disguise', { conversation_id: '1', body: 'x', message_type: 'note' }],
    ['"last" for the id', { conversation_id: 'last', body: 'x' }],
  ],
  [ASSIGN]: [
    ['nobody named', { conversation_id: '1' }],
    ['a number for the assignee', { conversation_id: '1', assignee: 7 }],
    ['an unknown kind of assignee', { conversation_id: '1', assignee: 'me', assignee_type: 'bot' }],
    ['no conversation', { assignee: 'me' }],
  ],
  [SEARCH]: [
    ['nothing to look for', {}],
    ['only a role', { role: 'user' }],
    ['an unknown role', { name: 'a', role: 'admin' }],
    ['an empty name', { name: '' }],
    ['a name that is too long', { name: 'x'.repeat(201) }],
    ['an address that is a list', { email: ['a@example.com'] }],
  ],
  [CONTACT]: [
    ['no id', {}],
    ['an id in capitals', { contact_id: 'ABCDEFABCDEFABCDEFABCDEF' }],
    ['an id that is short', { contact_id: 'abc' }],
    ['a path for the id', { contact_id: '../../me' }],
  ],
};

const badEnvelope = (name: string, more: JsonObject, without = ''): DoorCase => ({
  name: `refuses ${name}`,
  method: 'executeTool',
  ask: Object.fromEntries<Json>(Object.entries({ ...asAlice(LIST), ...more }).filter(([field]) => field !== without)),
  code: 'invalid_arguments',
  records: [],
  not: { mcp: 'tells tool and user by other means' },
});

const LONG = (length: number): Json => 'x'.repeat(length);

/** Calls that are wrong in themselves. */
export const INVALID_CALLS: readonly DoorCase[] = [
  ...Object.entries(BAD_ARGUMENTS).flatMap(([tool, wrong]) =>
    wrong.map(([name, params]): DoorCase => ({
      name: `refuses ${tool} with ${name}`,
      method: 'executeTool',
      ask: asAlice(tool, params),
      code: 'invalid_arguments',
      records: REFUSED,
    })),
  ),
  badEnvelope('a call of no tool', {}, 'tool_name'),
  badEnvelope('a tool with a blank name', { tool_name: ' ' }),
  badEnvelope('a name of a tool that is too long', { tool_name: LONG(101) }),
  badEnvelope('a name of a tool with a line end', { tool_name: 'a\nb' }),
  badEnvelope('a user whose name is too long', { identifier: LONG(101) }),
  badEnvelope('a user whose name has a NUL', { identifier: 'a\u0000' }),
  badEnvelope('an account by an id that is none', { connected_account_id: 'alice' }),
  badEnvelope('an account by an empty id', { connected_account_id: '' }),
  badEnvelope('a connection whose name is too long', { connector: LONG(401) }),
  badEnvelope('an organization whose name is too long', { organization_id: LONG(33) }),
  badEnvelope('a user by user_id', { user_id: 'u' }),
  badEnvelope('a run whose name is too long', { agent_run_id: LONG(256) }),
  badEnvelope('a run whose name has a line separator', { agent_run_id: 'a\u2028b' }),
];
