import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditTrail } from '#app/audit';
import { loadConnectors, type ConnectorRegistry } from '#app/connector-kit';
import { newId, type ClientId, type JsonObject, type Permission, type RequestContext } from '#app/kernel';
import { Metrics } from '#app/observability';
import type { AccountForCall, AccountSelector, ConnectedAccountsService, ConnectionsService } from '#app/oauth';
import type { CallAdmission } from './call-admission.js';
import { CallJournal } from './call-journal.js';
import { CallPreparation } from './call-preparation.js';
import type { ClientRateLimit } from './client-rate-limit.js';
import { ExecuteTool } from './execute-tool.js';
import type { ProviderCall } from './provider-call.js';
import type { ReconnectLink } from './reconnect-link.js';
import { ToolCatalogue } from './tool-catalogue.js';
import type { WriteOnce } from './write-once.js';

const tool = (name: string, readOnly: boolean, scope: string, more = ''): string => `
  desk_${name}:
    title: ${name}${more}
    description: A tool of the desk that is called ${name}.
    annotations: { readOnly: ${readOnly}, destructive: false, idempotent: true, openWorld: false }
    scopes: ['${scope}']
    input: { type: object, properties: {} }
    audit: { result: { id: $.id } }
    request: { method: ${readOnly ? 'GET' : 'POST'}, path: /${name} }
    output: { value: { id: $.id } }`;

const MANIFEST = `
schema: connector/v1
id: desk
name: Desk
version: 1.0.0
http: { baseUrl: 'https://api.desk.invalid', hosts: [desk.invalid] }
auth:
  - id: oauth
    kind: oauth2
    principal: user
    expiry: never
    authorize: { url: 'https://app.desk.invalid/authorize', scopeParam: scope, pkce: none }
    token: { url: 'https://api.desk.invalid/token', clientAuth: body, encoding: form }
    scopes: { default: [read, write] }
    inject: { header: Authorization, prefix: 'Bearer ' }
    identity: { request: { method: GET, path: /me }, map: { id: $.id }, facts: { seat: $.seat } }
access:
  - { id: seat, applies: writes, require: { seat: true }, reason: A seat is needed to write. }
errors:
  - { when: { status: 401 }, code: auth_revoked }
tools:
${tool('list', true, 'read')}
${tool('reply', false, 'write', '\n    aliases: [desk_reply_to]')}
${tool('close', false, 'write')}
`;

const ALIAS = 'desk_reply_to';

const ALL = ['desk_list', 'desk_reply', 'desk_close'];

function loadDesk(): ConnectorRegistry {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-desk-'));
  mkdirSync(join(dir, 'desk'));
  writeFileSync(join(dir, 'desk', 'connector.yaml'), MANIFEST);
  try {
    return loadConnectors([dir]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const callerWith = (permissions: Permission[], allowedTools: string[] | null = null): RequestContext => ({
  requestId: newId('request'),
  tenantId: newId('tenant'),
  source: 'rest',
  caller: {
    clientId: 'skc_1' as ClientId,
    version: 1,
    secretStamp: 's',
    permissions: new Set(permissions),
    allowedTools: allowedTools === null ? null : new Set(allowedTools),
  },
});

const unlimited = { take: () => undefined } as unknown as ClientRateLimit;

const open = callerWith(['tools:read', 'tools:execute']);

const principal = (facts: JsonObject) => ({ id: '7', label: null, tenant: null, facts, params: {} });

const usable = {
  id: 'ca_1',
  connectionId: 'conn_1',
  connectionName: 'desk',
  connectionStatus: 'enabled',
  connector: 'desk',
  identifier: 'user_1',
  status: 'ACTIVE',
  statusReason: null,
  version: 1,
  principal: principal({ seat: true }),
  grantedScopes: ['read', 'write'],
  params: {},
  endpoints: {},
} as unknown as AccountForCall;

describe('ToolCatalogue.scoped', () => {
  const registry = loadDesk();
  let stored: AccountForCall[];
  beforeEach(() => {
    stored = [usable];
  });

  const accounts = {
    allForIdentifier: () => Promise.resolve(stored),
    resolveForCall: (_: RequestContext, { connectedAccountId }: AccountSelector) =>
      Promise.resolve(stored.find(({ id }) => id === connectedAccountId)),
  } as unknown as ConnectedAccountsService;

  const catalogue = new ToolCatalogue(registry, {} as ConnectionsService, accounts);

  const scoped = async (ctx: RequestContext, filter = {}) => {
    const { tools, excluded } = await catalogue.scoped(ctx, 'user_1', filter);
    return {
      tools: tools.map((each) => each.tool.name),
      excluded: excluded.map(({ tool: { name }, code, reason }) => ({ name, code, reason })),
    };
  };

  it('lists what this caller may call as this user', async () => {
    expect(await scoped(open)).toEqual({ tools: ALL, excluded: [] });
  });

  it.each<[string, Partial<AccountForCall>, string[], string, RegExp]>([
    ['an account that is not connected', { status: 'PENDING_AUTH' }, ALL, 'account_not_active', /PENDING_AUTH/],
    ['a credential that was revoked', { status: 'DISCONNECTED' }, ALL, 'account_not_active', /DISCONNECTED/],
    ['a connection that is disabled', { connectionStatus: 'disabled' }, ALL, 'policy_denied', /connection is disabled/],
    ['a scope not granted', { grantedScopes: ['read'] }, ['desk_reply', 'desk_close'], 'missing_scope', /write/],
    [
      'a user without a seat',
      { principal: principal({ seat: false }) },
      ['desk_reply', 'desk_close'],
      'policy_denied',
      /seat is needed/,
    ],
    [
      'a user of whom nothing is known',
      { principal: null },
      ['desk_reply', 'desk_close'],
      'policy_denied',
      /seat is needed/,
    ],
  ])('excludes with the reason: %s', async (_, change, names, code, reason) => {
    stored = [{ ...usable, ...change }];
    const { tools, excluded } = await scoped(open);
    expect(excluded).toEqual(names.map((name) => ({ name, code, reason: expect.stringMatching(reason) })));
    expect(tools).toEqual(ALL.filter((name) => !names.includes(name)));
  });

  it('does not show a tool outside of the client’s allow-list at all, callable or not', async () => {
    const narrow = callerWith(['tools:execute'], ['desk_list']);
    expect(await scoped(narrow)).toEqual({ tools: ['desk_list'], excluded: [] });
    stored = [{ ...usable, status: 'DISCONNECTED' }];
    expect((await scoped(narrow)).excluded.map(({ name }) => name)).toEqual(['desk_list']);
  });

  it('knows a tool by its other names, in filters and in allow-lists', async () => {
    expect((await scoped(open, { toolNames: [ALIAS] })).tools).toEqual(['desk_reply']);
    expect((await scoped(callerWith(['tools:execute'], [ALIAS]))).tools).toEqual(['desk_reply']);
  });

  it('shows nothing to a client that may not execute, and nothing of a connector that is gone', async () => {
    expect(await scoped(callerWith(['tools:read']))).toEqual({ tools: [], excluded: [] });
    stored = [{ ...usable, connector: 'removed' }];
    expect(await scoped(open)).toEqual({ tools: [], excluded: [] });
  });

  it('narrows by connection, tool, provider and words', async () => {
    stored = [usable, { ...usable, id: 'ca_2' as AccountForCall['id'], connectionName: 'other' }];
    expect((await scoped(open)).tools).toHaveLength(6);
    expect((await scoped(open, { connectionNames: ['other'] })).tools).toEqual(ALL);
    expect((await scoped(open, { toolNames: ['desk_list'], connectionNames: ['desk'] })).tools).toEqual(['desk_list']);
    expect((await scoped(open, { providers: ['DESK'], query: 'desk CLOSE' })).tools).toEqual([
      'desk_close',
      'desk_close',
    ]);
    expect((await scoped(open, { providers: ['intercom'] })).tools).toEqual([]);
  });

  describe('P6 lists as callable exactly what ExecuteTool lets pass', () => {
    const callers: [string, RequestContext][] = [
      ['every tool', open],
      ['one tool', callerWith(['tools:execute'], ['desk_reply'])],
      ['no tool', callerWith(['tools:execute'], [])],
      ['no permission', callerWith(['tools:read'])],
    ];
    const states: [string, Partial<AccountForCall>][] = [
      ['usable', {}],
      ['not connected', { status: 'PENDING_AUTH' }],
      ['waiting for verification', { status: 'PENDING_VERIFICATION' }],
      ['expired', { status: 'EXPIRED' }],
      ['disabled', { connectionStatus: 'disabled' }],
      ['scopes unknown', { grantedScopes: null }],
      ['no scope', { grantedScopes: [] }],
      ['read only', { grantedScopes: ['read'] }],
      ['seatless', { principal: principal({ seat: false }) }],
      ['unknown principal', { principal: null }],
    ];

    /** The pipeline up to the provider, which answers to whatever gets there. */
    function pipeline(): ExecuteTool {
      const audit = {
        payloadMode: () => Promise.resolve('full'),
        recordDenial: () => Promise.resolve(),
        recordOutcome: () => Promise.resolve(),
      } as unknown as AuditTrail;
      const links = { forAccount: () => Promise.resolve(null) } as unknown as ReconnectLink;
      const sent = { data: {}, error: null, upstreamStatus: 200, upstreamRequests: 1 };
      return new ExecuteTool(
        new CallPreparation(registry, accounts, links, unlimited),
        { admit: () => Promise.resolve() } as unknown as CallAdmission,
        { call: () => Promise.resolve(sent) } as unknown as ProviderCall,
        new CallJournal(audit, new Metrics(), { now: () => 0 }),
        {
          claim: () => Promise.resolve(null),
          release: () => Promise.resolve(),
          settle: () => Promise.resolve(),
        } as unknown as WriteOnce,
      );
    }

    const passes = (ctx: RequestContext, toolName: string): Promise<boolean> =>
      pipeline()
        .run(ctx, { toolName, connectedAccountId: usable.id, params: {} })
        .then(
          () => true,
          () => false,
        );

    it.each(callers.flatMap(([who, ctx]) => states.map(([state, change]) => ({ who, state, ctx, change }))))(
      'a client with $who, an account that is $state',
      async ({ ctx, change }) => {
        stored = [{ ...usable, ...change }];
        const passed: string[] = [];
        for (const name of ALL) if (await passes(ctx, name)) passed.push(name);
        expect((await scoped(ctx)).tools).toEqual(passed);
      },
    );
  });
});
