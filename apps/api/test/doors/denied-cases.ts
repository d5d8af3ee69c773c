import type { JsonObject } from '#app/kernel';
import { ASSIGN, asAlice, CONTACT, EXECUTED, GET, LIST, REFUSED, REPLY, SEARCH } from './call-cases.js';
import type { ClientName } from './client-name.js';
import type { DoorCase } from './door-case.js';

const refused = (
  name: string,
  code: DoorCase['code'],
  ask: DoorCase['ask'],
  more: Partial<DoorCase> = {},
): DoorCase => ({
  name,
  method: 'executeTool',
  ask,
  code,
  records: REFUSED,
  ...more,
});

const OWN_GUARD = { mcp: 'has tokens of its own, which its own tests try' };
const NOT_THERE = { mcp: 'has no such tool behind its URL, and says so before there is a call' };

const by = (user: string, tool = LIST, params: JsonObject = {}): JsonObject => ({
  ...asAlice(tool, params),
  identifier: user,
  connector: 'intercom',
});

const ARGUMENTS: Readonly<Record<string, JsonObject>> = {
  [LIST]: {},
  [GET]: { conversation_id: '1' },
  [SEARCH]: { name: 'a' },
  [CONTACT]: { contact_id: 'a'.repeat(24) },
  [REPLY]: { conversation_id: '1', body: 'x' },
  [ASSIGN]: { conversation_id: '1', assignee: 'me' },
};

const WITHOUT_TOKEN: readonly ClientName[] = ['none', 'nonsense', 'disabled', 'rotated'];

/** Calls that are right in themselves, by or for somebody who may not make them. */
export const DENIED_CALLS: readonly DoorCase[] = [
  ...WITHOUT_TOKEN.map((client) =>
    refused(`lets nobody in whose token is ${client}`, 'unauthenticated', asAlice(LIST), {
      client,
      records: [],
      not: OWN_GUARD,
    }),
  ),
  ...Object.entries(ARGUMENTS).map(([tool, params]) =>
    refused(`lets a client without the permission not call ${tool}`, 'permission_denied', asAlice(tool, params), {
      client: 'reader',
      not: { mcp: 'has no token for such a client' },
    }),
  ),
  ...Object.entries(ARGUMENTS)
    .filter(([tool]) => tool !== LIST)
    .map(([tool, params]) =>
      refused(`lets a client with a list not call ${tool}`, 'policy_denied', asAlice(tool, params), {
        client: 'narrow',
      }),
    ),
  ...[REPLY, ASSIGN].map((tool) =>
    refused(`lets who has no seat not call ${tool}`, 'policy_denied', by('carol', tool, ARGUMENTS[tool])),
  ),
  refused('lets nobody in whose tenant is suspended', 'unauthenticated', asAlice(LIST), {
    client: 'suspended',
    records: [],
    not: OWN_GUARD,
  }),
  refused('knows no tool of another spelling', 'tool_not_found', asAlice('Intercom_Conversations_List'), {
    not: NOT_THERE,
  }),
  refused('knows no tool of a connector that there is not', 'tool_not_found', asAlice('hubspot_deals_list'), {
    not: NOT_THERE,
  }),
  refused('lets the proxy not be called as a tool', 'tool_not_found', asAlice('intercom.request'), { not: NOT_THERE }),
  refused('knows no account of a stranger', 'account_not_found', ({ user }) => by(user)),
  refused('knows no account of a user whose name is close', 'account_not_found', by('Alice')),
  refused('knows no account of another organization', 'account_not_found', {
    ...asAlice(LIST),
    organization_id: 'acme',
  }),
  refused('knows no account on a connection that there is not', 'account_not_found', {
    ...asAlice(LIST),
    connector: 'nowhere',
  }),
  refused('knows no account on another connection', 'account_not_found', { ...asAlice(LIST), connector: 'emea' }),
  refused('knows no account by an id of nobody', 'account_not_found', {
    tool_name: LIST,
    connected_account_id: `ca_${'0'.repeat(26)}`,
  }),
  refused(
    'knows no account of another tenant',
    'account_not_found',
    ({ stage }) => ({ tool_name: LIST, connected_account_id: stage.id('alice') }),
    { client: 'other' },
  ),
  refused('knows no user of another tenant', 'account_not_found', asAlice(LIST), { client: 'other', not: OWN_GUARD }),
  refused('asks for the user', 'invalid_arguments', { tool_name: LIST }),
  refused(
    'asks which of two accounts is meant',
    'invalid_arguments',
    { ...asAlice(LIST), identifier: 'two' },
    {
      not: { mcp: 'is at the URL of one connection' },
    },
  ),
  refused('calls nothing on a connection that is disabled', 'policy_denied', {
    ...by('stopped'),
    connector: 'paused',
  }),
];

const inactive = (name: string, ask: DoorCase['ask'], before?: DoorCase['before']): DoorCase =>
  refused(name, 'account_not_active', ask, before === undefined ? {} : { before });

/** Users whose accounts have no credential any more, or not yet. */
export const REVOKED_CALLS: readonly DoorCase[] = [
  ...Object.entries(ARGUMENTS).flatMap(([tool, params]) => [
    inactive(`does not call ${tool} for who was disconnected`, by('gone', tool, params)),
    inactive(`does not call ${tool} for who has not connected yet`, by('pending', tool, params)),
  ]),
  inactive('does not take a disconnected account by its id', ({ stage }) => ({
    tool_name: LIST,
    connected_account_id: stage.id('gone'),
  })),
  inactive(
    'stops at the very next call',
    ({ user }) => by(user),
    async ({ stage, user }) => {
      await stage.connect(user);
      await stage.gate.execute(LIST, user, { limit: 1 });
      await stage.disconnect(user);
    },
  ),
  refused('knows nothing of an account that was deleted', 'account_not_found', ({ user }) => by(user), {
    before: async ({ stage, user }) => {
      await stage.connect(user);
      await stage.gate.post('/api/v1/connected_accounts:delete', { connector: 'intercom', identifier: user });
    },
  }),
  {
    name: 'gives an account up whose token the provider no longer knows',
    method: 'executeTool',
    ask: ({ user }) => by(user, LIST, { limit: 1 }),
    before: async ({ stage, user }) => {
      await stage.connect(user, {}, stage.spare);
      await stage.gate.control('revoke', { teammate_id: stage.spare.id });
    },
    code: 'account_not_active',
    records: [...EXECUTED.slice(0, 1), 'connected_account.revoked_by_provider', ...EXECUTED.slice(1)],
  },
];
