import type { ErrorCode, JsonObject } from '#app/kernel';
import type { ClientName } from './client-name.js';
import type { DoorCase, Method, Turn } from './door-case.js';

const MADE = 'connected_account.created';
const LINKED = 'connected_account.link_created';
const DELETED = 'connected_account.deleted';

const LONG = 'x'.repeat(101);

interface Wrong {
  readonly what: string;
  readonly ask: JsonObject;
}

/** What is wrong in the same way wherever an account is named. */
const SELECTORS: readonly Wrong[] = [
  { what: 'a user whose name is too long', ask: { connector: 'intercom', identifier: LONG } },
  { what: 'a user whose name has a NUL', ask: { connector: 'intercom', identifier: 'a\u0000' } },
  { what: 'a connection whose name is too long', ask: { connector: 'x'.repeat(401), identifier: 'a' } },
  {
    what: 'an organization whose name is too long',
    ask: { connector: 'intercom', identifier: 'a', organization_id: LONG },
  },
  { what: 'a user by user_id', ask: { connector: 'intercom', identifier: 'a', user_id: 'u' } },
];

const SELECTING: readonly Method[] = [
  'createConnectedAccount',
  'updateConnectedAccount',
  'deleteConnectedAccount',
  'getMagicLinkForConnectedAccount',
  'getConnectedAccountAuth',
];

const PERMISSIONS: Readonly<Partial<Record<Method, JsonObject>>> = {
  listConnectedAccounts: {},
  createConnectedAccount: { connector: 'intercom', identifier: 'a' },
  updateConnectedAccount: { connector: 'intercom', identifier: 'a' },
  deleteConnectedAccount: { connector: 'intercom', identifier: 'a' },
  getMagicLinkForConnectedAccount: { connector: 'intercom', identifier: 'a' },
  getConnectedAccountAuth: { connector: 'intercom', identifier: 'a' },
  verifyConnectedAccountUser: { auth_request_id: 'a', identifier: 'a' },
  listTools: {},
  listScopedTools: { identifier: 'alice' },
  listAvailableTools: { identifier: 'alice' },
  listAppConnections: {},
  listEventsPaginated: {},
};

const bad = (method: Method, { what, ask }: Wrong, code: ErrorCode = 'invalid_arguments'): DoorCase => ({
  name: `${method} refuses ${what}`,
  method,
  ask,
  code,
});

const NOBODY = { connector: 'intercom', identifier: 'nobody' };
const NOWHERE = { connector: 'nowhere', identifier: 'alice' };

const USERS_ACCOUNT = ({ user }: Turn): JsonObject => ({ connector: 'intercom', identifier: user });
const made = ({ stage, user }: Turn): Promise<void> => stage.createAccount(user);

const good = (method: Method, what: string, ask: DoorCase['ask'], more: Partial<DoorCase> = {}): DoorCase => ({
  name: `${method} ${what}`,
  method,
  ask,
  code: null,
  ...more,
});

const WITH_TOKEN = { authorization_details: { oauth_token: { access_token: 'canary' } } };
const EMPTY = { authorization_details: { oauth_token: {} } };

const CLIENTS: readonly (readonly [ClientName, ErrorCode])[] = [
  ['none', 'unauthenticated'],
  ['rotated', 'unauthenticated'],
  ['nothing', 'permission_denied'],
];

/** The other RPCs, and what they refuse: whoever may not, and whatever names no account. */
export const ACCOUNT_CASES: readonly DoorCase[] = [
  ...Object.entries(PERMISSIONS).flatMap(([method, ask]) =>
    CLIENTS.map(([client, code]): DoorCase => ({
      name: `${method} refuses a client whose token is ${client}`,
      method: method as Method,
      ask,
      client,
      code,
    })),
  ),
  ...SELECTING.flatMap((method) => SELECTORS.map((wrong) => bad(method, wrong))),
  ...(['updateConnectedAccount', 'deleteConnectedAccount', 'getConnectedAccountAuth'] as const).flatMap((method) => [
    bad(method, { what: 'an account of nobody', ask: NOBODY }, 'account_not_found'),
    bad(method, { what: 'an account on a connection that there is not', ask: NOWHERE }, 'not_found'),
    bad(method, { what: 'an id that is none', ask: { id: 'alice' } }),
    bad(method, { what: 'an id of nobody', ask: { id: `ca_${'0'.repeat(26)}` } }, 'account_not_found'),
    bad(method, { what: 'nothing to go by', ask: {} }),
  ]),
  good('createConnectedAccount', 'makes one', USERS_ACCOUNT, { records: [MADE] }),
  good(
    'createConnectedAccount',
    'makes one with an empty token, as the published client sends it',
    (turn) => ({
      ...USERS_ACCOUNT(turn),
      connected_account: EMPTY,
    }),
    { records: [MADE] },
  ),
  good('createConnectedAccount', 'returns what is there', USERS_ACCOUNT, { before: made }),
  bad('createConnectedAccount', {
    what: 'a token',
    ask: { connector: 'intercom', identifier: 'a', connected_account: WITH_TOKEN },
  }),
  bad('createConnectedAccount', {
    what: 'a configuration',
    ask: { connector: 'intercom', identifier: 'a', connected_account: { api_config: { region: 'eu' } } },
  }),
  bad('createConnectedAccount', { what: 'no user', ask: { connector: 'intercom' } }),
  bad('createConnectedAccount', { what: 'no connection', ask: { identifier: 'a' } }),
  bad(
    'createConnectedAccount',
    { what: 'a connection that there is not', ask: { connector: 'nowhere', identifier: 'a' } },
    'not_found',
  ),
  good(
    'updateConnectedAccount',
    'returns it as it is',
    (turn) => ({ ...USERS_ACCOUNT(turn), connected_account: EMPTY }),
    { before: made },
  ),
  bad('updateConnectedAccount', {
    what: 'a token',
    ask: { connector: 'intercom', identifier: 'alice', connected_account: WITH_TOKEN },
  }),
  good('getConnectedAccountAuth', 'shows no token', { connector: 'intercom', identifier: 'alice' }),
  good('getConnectedAccountAuth', 'shows who is disconnected', { connector: 'intercom', identifier: 'gone' }),
  good('getConnectedAccountAuth', 'takes the id', ({ stage }) => ({ id: stage.id('pending') })),
  good('deleteConnectedAccount', 'ends one that waits', USERS_ACCOUNT, { before: made, records: [DELETED] }),
  good('deleteConnectedAccount', 'ends one that is connected', USERS_ACCOUNT, {
    before: ({ stage, user }) => stage.connect(user),
    records: [DELETED],
  }),
  good('getMagicLinkForConnectedAccount', 'makes the account too', USERS_ACCOUNT, { records: [MADE, LINKED] }),
  good('getMagicLinkForConnectedAccount', 'is for one that is there', USERS_ACCOUNT, {
    before: made,
    records: [LINKED],
  }),
  good('getMagicLinkForConnectedAccount', 'keeps the state', (turn) => ({ ...USERS_ACCOUNT(turn), state: 's' }), {
    before: made,
    records: [LINKED],
  }),
  good(
    'getMagicLinkForConnectedAccount',
    'names a verifier',
    (turn) => ({ ...USERS_ACCOUNT(turn), user_verify_url: 'http://localhost:3000/verify' }),
    { before: made, records: [LINKED] },
  ),
  bad('getMagicLinkForConnectedAccount', {
    what: 'a verifier on somebody else’s server',
    ask: { connector: 'intercom', identifier: 'alice', user_verify_url: 'https://evil.example/verify' },
  }),
  bad('getMagicLinkForConnectedAccount', {
    what: 'a verifier that is no URL',
    ask: { connector: 'intercom', identifier: 'alice', user_verify_url: 'javascript:alert(1)' },
  }),
  bad('getMagicLinkForConnectedAccount', {
    what: 'a state that is too long',
    ask: { connector: 'intercom', identifier: 'alice', state: 'x'.repeat(513) },
  }),
  bad(
    'getMagicLinkForConnectedAccount',
    { what: 'a connection that there is not', ask: { connector: 'nowhere', identifier: 'a' } },
    'not_found',
  ),
  bad(
    'verifyConnectedAccountUser',
    { what: 'a request that there is not', ask: { auth_request_id: 'none', identifier: 'a' } },
    'not_found',
  ),
  bad('verifyConnectedAccountUser', { what: 'no request', ask: { identifier: 'a' } }),
  bad('verifyConnectedAccountUser', { what: 'nobody', ask: { auth_request_id: 'a' } }),
  bad('verifyConnectedAccountUser', {
    what: 'a name that is too long',
    ask: { auth_request_id: 'a', identifier: 'x'.repeat(201) },
  }),
  bad('verifyConnectedAccountUser', {
    what: 'a request that is too long',
    ask: { auth_request_id: 'x'.repeat(1001), identifier: 'a' },
  }),
];
