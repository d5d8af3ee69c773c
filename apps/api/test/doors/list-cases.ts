import type { ErrorCode, JsonObject } from '#app/kernel';
import type { DoorCase, Method } from './door-case.js';

const LISTED = ['audit.listed'];

/** As a tenant whose lists nothing else changes, unless it says otherwise. */
const page = (method: Method, what: string, ask: JsonObject, more: Partial<DoorCase> = {}): DoorCase => ({
  name: `${method} ${what}`,
  method,
  ask,
  client: 'other',
  code: null,
  ...(method === 'listEventsPaginated' ? { records: LISTED } : {}),
  ...more,
});

const bad = (method: Method, what: string, ask: JsonObject, code: ErrorCode = 'invalid_arguments'): DoorCase => ({
  name: `${method} refuses ${what}`,
  method,
  ask,
  client: 'other',
  code,
});

const PAGED: Readonly<Partial<Record<Method, { readonly ask: JsonObject; readonly most: number }>>> = {
  listTools: { ask: {}, most: 1000 },
  listScopedTools: { ask: { identifier: 'ann', filter: {} }, most: 1000 },
  listAvailableTools: { ask: { identifier: 'ann' }, most: 1000 },
  listConnectedAccounts: { ask: {}, most: 99 },
  listAppConnections: { ask: {}, most: 30 },
};

const full = { client: 'full' } as const;

/** Lists: what they hold, page by page, and what they can't be asked. */
export const LIST_CASES: readonly DoorCase[] = [
  ...Object.entries(PAGED).flatMap(([name, { ask, most }]) => {
    const method = name as Method;
    return [
      page(method, 'lists everything', ask),
      page(method, 'gives one at a time', { ...ask, page_size: 1 }),
      page(method, 'gives as many as there may be', { ...ask, page_size: most }),
      bad(method, 'more than there may be', { ...ask, page_size: most + 1 }),
      bad(method, 'a page token that is none', { ...ask, page_token: 'nonsense' }),
      bad(method, 'a page token that is too long', { ...ask, page_token: 'x'.repeat(401) }),
    ];
  }),
  page('listTools', 'gives names', { filter: { summary: true } }),
  page('listTools', 'gives no names', { filter: { summary: false } }),
  page('listTools', 'filters by provider in any case', { filter: { provider: 'INTERCOM' } }),
  page('listTools', 'has nothing of a provider that there is not', { filter: { provider: 'none' } }),
  page('listTools', 'filters by name', { filter: { tool_name: ['intercom_contact_get', 'nothing'] } }),
  page('listTools', 'filters by words', { filter: { query: 'reply' } }),
  page('listTools', 'filters by connection', { filter: { connector: 'intercom' } }),
  page('listTools', 'filters by user', { filter: { identifier: 'ann' } }),
  page('listTools', 'has nothing for a stranger', { filter: { identifier: 'nobody' } }),
  bad('listTools', 'a user by user_id', { filter: { user_id: 'u' } }),
  bad('listTools', 'an account by an id that is none', { filter: { connected_account_id: 'ann' } }),
  bad('listTools', 'words that are too many', { filter: { query: 'x'.repeat(101) } }),
  page('listScopedTools', 'lists what the user may call', { identifier: 'alice', filter: {} }, full),
  page(
    'listScopedTools',
    'filters by name',
    { identifier: 'alice', filter: { tool_names: ['intercom_contact_get'] } },
    full,
  ),
  page(
    'listScopedTools',
    'filters by another name',
    { identifier: 'alice', filter: { tool_names: ['intercom_get_contact'] } },
    full,
  ),
  page('listScopedTools', 'filters by connection', { identifier: 'two', filter: { connection_names: ['emea'] } }, full),
  page('listScopedTools', 'filters by provider', { identifier: 'alice', filter: { providers: ['INTERCOM'] } }, full),
  page('listScopedTools', 'has nothing of who is disconnected', { identifier: 'gone', filter: {} }, full),
  page('listScopedTools', 'has only what who has no seat may call', { identifier: 'carol', filter: {} }, full),
  page(
    'listScopedTools',
    'has only what the client may call',
    { identifier: 'alice', filter: {} },
    { client: 'narrow' },
  ),
  bad('listScopedTools', 'nobody', { filter: {} }),
  bad('listScopedTools', 'a user whose name is too long', { identifier: 'x'.repeat(101), filter: {} }),
  page('listAvailableTools', 'lists what who is disconnected could call', { identifier: 'gone' }, full),
  page('listAvailableTools', 'lists it for a stranger too', { identifier: 'nobody' }),
  bad('listAvailableTools', 'nobody', {}),
  page('listConnectedAccounts', 'filters by user', { identifier: 'ben' }),
  page('listConnectedAccounts', 'filters by a part of the name', { query: 'E' }),
  page('listConnectedAccounts', 'filters by provider in any case', { provider: 'INTERCOM' }),
  page('listConnectedAccounts', 'has nothing of another provider', { provider: 'none' }),
  page('listConnectedAccounts', 'filters by connection', { connector: 'intercom' }),
  page('listConnectedAccounts', 'filters by connections', { connection_names: ['intercom', 'none'] }),
  page('listConnectedAccounts', 'has nothing of another organization', { organization_id: 'acme' }),
  page('listConnectedAccounts', 'shows who is disconnected', { identifier: 'gone' }, full),
  page('listConnectedAccounts', 'shows both accounts of a user', { identifier: 'two' }, full),
  bad('listConnectedAccounts', 'a user by user_id', { user_id: 'u' }),
  bad('listConnectedAccounts', 'too many connections', { connection_names: Array<string>(21).fill('a') }),
  bad('listConnectedAccounts', 'a user whose name is too long', { identifier: 'x'.repeat(101) }),
  page('listAppConnections', 'filters by provider', { provider: 'intercom' }),
  page('listAppConnections', 'filters by a part of the name', { query: 'INTER' }),
  page('listAppConnections', 'has nothing of another provider', { provider: 'none' }),
  page('listAppConnections', 'shows what is disabled', { query: 'paused' }, full),
  bad('listAppConnections', 'a provider whose name is too long', { provider: 'x'.repeat(65) }),
  page('listEventsPaginated', 'lists accounts that were made', {
    filter: { event_types: ['connected_account.created'] },
  }),
  page('listEventsPaginated', 'gives one at a time', {
    filter: { event_types: ['connected_account.created'] },
    page_size: 1,
  }),
  page('listEventsPaginated', 'takes too many for a hundred', {
    filter: { event_types: ['connected_account.created'] },
    page_size: 1000,
  }),
  page('listEventsPaginated', 'has nothing of before', { filter: { end_time: '2020-01-01T00:00:00Z' } }),
  bad('listEventsPaginated', 'a type that there is not', { filter: { event_types: ['none'] } }),
  page('listEventsPaginated', 'has nothing of a connection that there is not', {
    filter: { connection_id: 'conn_none' },
  }),
  bad('listEventsPaginated', 'an organization', { filter: { organization_id: 'acme' } }),
  bad('listEventsPaginated', 'a request of a sign-in', { filter: { auth_request_id: 'a' } }),
  bad('listEventsPaginated', 'a page token that is none', { page_token: 'nonsense' }),
  bad('listEventsPaginated', 'an id that is too long', { filter: { connected_account_id: 'x'.repeat(33) } }),
];
