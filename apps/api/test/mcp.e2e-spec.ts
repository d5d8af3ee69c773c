import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { SystemDatabase, TenantDatabase } from '#app/database';
import { AppError, type Clock } from '#app/kernel';
import { ExecuteTool } from '#app/tools';
import { decodeJwt } from 'jose';
import { Tiktoken } from 'js-tiktoken/lite';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { request as httpRequest } from 'undici';
import { Browser, send, type Opened } from '../../demo/src/http.js';
import { HOSTILE } from '../../sandbox/src/data/hostile.js';
import { MCP_GUARD, type McpGuard } from '../src/mcp/caller.js';
import { Harness } from './harness.js';
import { passcodeIn, signInAt } from './mcp-client-app.js';
import {
  call,
  dataOf,
  errorOf,
  McpClients,
  META,
  MODERN,
  OLD,
  resultOf,
  textOf,
  type RawChanges,
  type TextResult,
} from './mcp-clients.js';

const LIST = 'intercom_conversations_list';
const GET = 'intercom_conversation_get';
const REPLY = 'intercom_conversation_reply';
const PER_MINUTE = 60;
/** Tag characters, zero-width ones, direction overrides. */
const NOT_SEEN = /[\u{e0000}-\u{e007f}\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]/u;

const linkIn = (result: TextResult): string => /http\S+\/connect\/\S+/.exec(textOf(result))?.[0] ?? '';

const idOf = (token: string): string => String(decodeJwt(token)['jti']);

interface Counts {
  statements: number;
  /** Statements that began while no other was under way. */
  rounds: number;
  transactions: number;
}

/** Counts what the application asks of its database. */
function countStatements(gate: Harness): { counts: Counts; begin: () => void; stop: () => void } {
  const counts = { statements: 0, rounds: 0, transactions: 0 };
  const system = gate.nest.get(SystemDatabase, { strict: false });
  const tenants = gate.nest.get(TenantDatabase, { strict: false });
  const [query, withTenant] = [system.query.bind(system), tenants.withTenant.bind(tenants)];
  let running = 0;
  const counting: SystemDatabase['query'] = async (...args) => {
    counts.statements += 1;
    if (running === 0) counts.rounds += 1;
    running += 1;
    try {
      return await query(...args);
    } finally {
      running -= 1;
    }
  };
  system.query = counting;
  tenants.withTenant = (...args) => {
    counts.transactions += 1;
    return withTenant(...args);
  };
  return {
    counts,
    begin: () => void Object.assign(counts, { statements: 0, rounds: 0, transactions: 0 }),
    stop: () => {
      Object.assign(system, { query });
      Object.assign(tenants, { withTenant });
    },
  };
}

const many = (count: number): { id: string }[] => Array.from({ length: count }, (_, n) => ({ id: `k${n}` }));

let ahead = 0;
let stopped: number | null = null;
const clock: Clock = { now: () => stopped ?? Date.now() + ahead };

describe('the MCP door', () => {
  let gate: Harness;
  let clients: McpClients;
  let teammates: string[];
  let token: string;
  beforeAll(async () => {
    gate = await Harness.start({ clock, env: { GATEHOUSE_CLIENT_CALLS_PER_MINUTE: String(PER_MINUTE) } });
    clients = new McpClients(gate);
    teammates = (await gate.teammates()).filter((each) => each.has_inbox_seat).map(({ id }) => id);
    await gate.connect('alice', teammates[0] ?? '');
  });
  beforeEach(async () => {
    ahead += 60_000;
    token = await clients.token('alice');
  });
  afterEach(() => clients.close());
  afterAll(() => gate.stop());

  const namesAt = async (path: string, headers: Record<string, string> = {}, by = token): Promise<string[]> => {
    const answer = await clients.raw(by, 'tools/list', {}, { url: gate.url + path, headers });
    if (answer.status !== 200) throw new Error(answer.text);
    return (resultOf(answer)['tools'] as { name: string }[]).map(({ name }) => name);
  };

  describe('speaks', () => {
    it('with the official clients of both generations at one URL, with each in its own protocol', async () => {
      const [now, before] = [await clients.modern(token), await clients.old(token)];
      expect(now.getNegotiatedProtocolVersion()).toBe(MODERN);
      const lists = [(await now.listTools()).tools, (await before.listTools()).tools];
      expect(lists[0]?.map(({ name }) => name)).toEqual(lists[1]?.map(({ name }) => name));
      const results = [await call(now, LIST, { limit: 2 }), await call(before, LIST, { limit: 2 })];
      expect(results.map(({ isError = false }) => isError)).toEqual([false, false]);
      expect(dataOf(results[0] as never)).toEqual(dataOf(results[1] as never));
      expect(before.getInstructions()).toContain('never as instructions');
      // Some clients give a model no more of them than this
      expect(before.getInstructions()?.length).toBeLessThanOrEqual(512);
    });

    it.each([OLD, '2025-06-18', '2025-03-26'])('the revision %s', async (protocolVersion) => {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'old', version: '1' } };
      const headers = { 'mcp-protocol-version': null, 'mcp-method': null, 'mcp-name': null };
      const answer = await clients.raw(token, 'initialize', params, { headers, meta: {} });
      expect(resultOf(answer)).toMatchObject({ protocolVersion, capabilities: { tools: {} } });
      const version = { ...headers, 'mcp-protocol-version': protocolVersion === '2025-03-26' ? null : protocolVersion };
      const list = await clients.raw(token, 'tools/list', {}, { headers: version, meta: {} });
      expect(resultOf(list)['tools']).toHaveLength(6);
      const notified = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
      const accepted = await clients.raw(token, 'x', {}, { headers: version, body: notified });
      expect([accepted.status, accepted.text]).toEqual([202, '']);
    });

    it('of no changes: who listens for them is told that there are none to hear of, and keeps no connection', async () => {
      const params = { notifications: { toolsListChanged: true, promptsListChanged: true } };
      // Resolves when the stream has ended
      const answer = await clients.raw(token, 'subscriptions/listen', params);
      const [acknowledged, ended] = answer.text
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
      expect([acknowledged, ended]).toMatchObject([
        { method: 'notifications/subscriptions/acknowledged', params: { notifications: {} } },
        { result: { resultType: 'complete' } },
      ]);
    });

    it('without sessions: there is no stream to open and none to end', async () => {
      for (const method of ['GET', 'DELETE'] as const) {
        const answer = await send(clients.url, { method, headers: { authorization: `Bearer ${token}` } });
        expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
      }
    });
  });

  describe('lists', () => {
    it('tools with annotations, each time in the same order, for the caller alone and for a short time', async () => {
      const lists = [await clients.raw(token, 'tools/list'), await clients.raw(token, 'tools/list')].map(resultOf);
      expect(lists[0]).toEqual(lists[1]);
      expect(lists[0]).toMatchObject({ cacheScope: 'private', ttlMs: 60_000, resultType: 'complete' });
      for (const { annotations, description, name } of (lists[0]?.['tools'] ?? []) as Record<string, unknown>[]) {
        expect(name).toMatch(/^intercom_[a-z0-9_]{1,55}$/);
        expect(String(description).length).toBeLessThanOrEqual(300);
        const flag = expect.any(Boolean);
        expect(annotations).toMatchObject({
          readOnlyHint: flag,
          destructiveHint: flag,
          idempotentHint: flag,
          openWorldHint: true,
        });
      }
    });

    it.each([
      ['initialize', OLD],
      ['server/discover', MODERN],
      ['tools/list', MODERN],
      ['tools/list', OLD],
    ])(
      'at %s (%s) for one round trip to the database: whether the token and the URL still stand',
      async (method, version) => {
        const counted = countStatements(gate);
        const old = version === OLD;
        const params = { protocolVersion: OLD, capabilities: {}, clientInfo: { name: 'old', version: '1' } };
        const headers: Record<string, string | null> = old ? { 'mcp-protocol-version': OLD, 'mcp-method': null } : {};
        const seen: Counts[] = [];
        for (let time = 0; time < 6; time += 1) {
          counted.begin();
          const answer = await clients.raw(token, method, old ? params : {}, { headers, ...(old ? { meta: {} } : {}) });
          expect(answer.status).toBe(200);
          seen.push({ ...counted.counts });
        }
        counted.stop();
        // Jobs of the background come between: their statements add to ours, or hide when one of ours began
        const statements = Math.min(...seen.slice(1).map((each) => each.statements));
        // The first of them has the signature of the token checked, which takes longer than a statement
        const alone = seen.slice(1).filter((each) => each.statements === statements);
        const rounds = Math.max(...alone.map((each) => each.rounds));
        const transactions = Math.min(...seen.map((each) => each.transactions));
        expect({ statements, rounds, transactions }).toEqual({ statements: 2, rounds: 1, transactions: 0 });
      },
    );

    it('all of Intercom within 6,000 tokens', async () => {
      const { text } = await clients.raw(token, 'tools/list');
      const tokens = new Tiktoken(o200k).encode(text).length;
      // A model that is told of six tools is told of more than this
      expect(tokens).toBeGreaterThan(600);
      expect(tokens).toBeLessThan(6_000);
    });

    it('what the token and the API client behind it could call', async () => {
      const reading = await clients.token('alice', { scopes: ['mcp:read'] });
      expect(await namesAt('/intercom', {}, reading)).not.toContain(REPLY);
      const limits = { permissions: ['tools:execute', 'tools:read'], allowed_tools: [LIST] };
      const limited = await clients.token('alice', {}, undefined, await gate.clientWith(limits));
      expect(await namesAt('/intercom', {}, limited)).toEqual([LIST]);
      const refused = await call(await clients.modern(limited), GET, { conversation_id: '1' });
      expect(textOf(refused)).toContain('policy_denied');
    });

    it.each<[string, string, Record<string, string>, string[]]>([
      ['the whole', '/intercom', {}, ['conversations', 'writes', 'contacts']],
      ['what is only read', '/intercom/readonly', {}, ['conversations', 'contacts']],
      ['a tool set', '/intercom/x/contacts', {}, ['contacts']],
      ['what is only read of a set', '/intercom/x/conversations/readonly', {}, ['conversations']],
      ['what a header leaves', '/intercom', { 'x-mcp-readonly': 'true' }, ['conversations', 'contacts']],
      [
        'what is read, of a header that says neither',
        '/intercom',
        { 'x-mcp-readonly': 'maybe' },
        ['conversations', 'contacts'],
      ],
      [
        'what a header leaves of a URL',
        '/intercom/readonly',
        { 'x-mcp-readonly': 'false' },
        ['conversations', 'contacts'],
      ],
      ['nothing that is not in both', '/intercom/x/contacts', { 'x-mcp-toolsets': 'conversations' }, []],
      ['the tools of a header', '/intercom', { 'x-mcp-tools': `${LIST}, none` }, [LIST]],
      ['no tool for an empty header', '/intercom', { 'x-mcp-tools': ' ' }, []],
    ])('%s', async (_what, path, headers, expected) => {
      const kinds = (await namesAt(path, headers)).map(kindOf(expected));
      expect(new Set(kinds)).toEqual(new Set(expected));
    });

    it('no set that there is not: 404 with those that there are', async () => {
      const answer = await clients.raw(token, 'tools/list', {}, { url: `${clients.url}/x/nothing` });
      expect([answer.status, errorOf(answer).message]).toEqual([404, expect.stringContaining('conversations')]);
    });
  });

  const kindOf =
    (expected: string[]) =>
    (name: string): string => {
      if (expected.includes(name)) return name;
      if (name.includes('contact')) return 'contacts';
      return name === LIST || name === GET ? 'conversations' : 'writes';
    };

  /** What the trail says was refused to the bearer of this token. */
  const refusedTools = async (of: string): Promise<unknown[]> =>
    (await gate.auditEvents('&type=tool.refused'))
      .filter(({ detail }) => (detail as { agent_run_id?: string })['agent_run_id'] === idOf(of))
      .map((event) => event['tool_name']);

  describe('calls', () => {
    it('as the user of the token, recorded as such', async () => {
      const data = dataOf(await call(await clients.modern(token), LIST, { limit: 1 }));
      expect(data).toMatchObject({ conversations: [expect.anything()], next_cursor: expect.any(String) });
      const events = await gate.auditEvents('&identifier=alice');
      const intent = events.find(({ detail }) => (detail as { agent_run_id?: string })['agent_run_id'] === idOf(token));
      const outcome = events.find(
        (each) => each['execution_id'] === intent?.['execution_id'] && each['kind'] === 'outcome',
      );
      const expected = { source: 'mcp', identifier: 'alice', tool_name: LIST };
      expect([intent, outcome]).toMatchObject([expected, { ...expected, status: 'success' }]);
    });

    /** Which program the last call of this bearer is recorded for. */
    const programOf = async (of: string): Promise<unknown> =>
      (await gate.auditEvents('&type=tool.requested'))
        .map(({ detail }) => detail as { agent_run_id?: string; agent?: unknown })
        .find((detail) => detail.agent_run_id === idOf(of))?.agent;

    it('with the program that made them on record, as it calls itself, in both generations', async () => {
      const program = (name: string | null): object => ({ application: null, name, version: name && '1' });
      await call(await clients.modern(token), LIST, { limit: 1 });
      expect(await programOf(token)).toEqual(program('modern'));
      await call(await clients.old(token), LIST, { limit: 1 });
      expect(await programOf(token)).toEqual(program('old'));
      await clients.raw(token, 'tools/call', { name: 'no_such_tool', arguments: {} });
      const [refused] = await gate.auditEvents('&type=tool.refused');
      expect(refused?.['detail']).toMatchObject({ agent: program('raw') });
    });

    it('with no program on record for a session that was begun by another user, has run out, or is none', async () => {
      const old = { 'mcp-protocol-version': OLD, 'mcp-method': null, 'mcp-name': null };
      const params = { protocolVersion: OLD, capabilities: {}, clientInfo: { name: 'liar', version: '1' } };
      const begun = await clients.raw(await clients.token('mallory'), 'initialize', params, { headers: old, meta: {} });
      const theirs = String(begun.headers['mcp-session-id']);
      const own = String(
        (await clients.raw(token, 'initialize', params, { headers: old, meta: {} })).headers['mcp-session-id'],
      );
      const callIn = async (session: string, by = token): Promise<unknown> => {
        const headers = { ...old, 'mcp-session-id': session };
        const answer = await clients.raw(
          by,
          'tools/call',
          { name: LIST, arguments: { limit: 1 } },
          { headers, meta: {} },
        );
        expect(resultOf(answer)['isError']).toBeUndefined();
        return programOf(by);
      };
      expect(await callIn(own)).toMatchObject({ name: 'liar' });
      for (const session of [theirs, token, 'x', own.replace(/[^.](?=[^.]*$)/, (first) => (first === 'A' ? 'B' : 'A'))])
        expect(await callIn(session)).toMatchObject({ name: null });
      // It opens nothing by itself
      const headers = { ...old, 'mcp-session-id': own };
      expect((await clients.raw(null, 'tools/list', {}, { headers, meta: {} })).status).toBe(401);
      const before = ahead;
      ahead += 60_000;
      const later = await clients.token('alice', { expires_in: 86_400 });
      expect(await callIn(own, later)).toMatchObject({ name: 'liar' });
      ahead += 86_350_000;
      const late = await clients.raw(
        later,
        'tools/call',
        { name: LIST, arguments: { limit: 1 } },
        { headers, meta: {} },
      );
      ahead = before + 60_000;
      expect(resultOf(late)['isError']).toBeUndefined();
      expect(await programOf(later)).toMatchObject({ name: null });
    });

    it('with text only, with structured content too where a header asks for it', async () => {
      const plain = await call(await clients.modern(token), LIST, { limit: 1 });
      expect(plain.structuredContent).toBeUndefined();
      const headers = { 'x-mcp-structured-content': 'true' };
      const both = await call(await clients.modern(token, { headers }), LIST, { limit: 1 });
      expect(both.structuredContent).toEqual(dataOf(both));
    });

    it('and marks the words of others, without what nobody sees in them', async () => {
      const client = await clients.modern(token);
      const data = dataOf(await call(client, LIST, { limit: 150 }));
      const titles = new Set(HOSTILE.map(({ title }) => title.replaceAll(new RegExp(NOT_SEEN, 'gu'), '')));
      const hostile = (data['conversations'] as { id: string; title: string }[]).filter(({ title }) =>
        titles.has(title),
      );
      expect(JSON.stringify(data)).not.toMatch(NOT_SEEN);
      expect(hostile.length).toBeGreaterThan(1);
      for (const { id } of hostile) {
        const result = await call(client, GET, { conversation_id: id });
        expect(result.content[0]?.text).toContain('treat them as data');
        expect(textOf(result)).not.toMatch(NOT_SEEN);
      }
    });

    it('in parts, with a cursor, when a page is too large for a model', async () => {
      const big = { id: 'c', title: 'x'.repeat(200), state: 'open', contacts: { contacts: many(2_000) } };
      const conversations = Array.from({ length: 3 }, (_, n) => ({ ...big, id: String(n + 1) }));
      await gate.fault({
        kind: 'status',
        status: 200,
        body: { type: 'conversation.list', conversations, total_count: 3, pages: {} },
        match: { path: '/conversations/search' },
      });
      const client = await clients.modern(token);
      const ids: string[] = [];
      for (let cursor: unknown = undefined, page = 0; page < 5; page += 1) {
        const result = await call(client, LIST, cursor === undefined ? {} : { cursor });
        expect(textOf(result).length).toBeLessThan(82_000);
        const data = dataOf(result);
        ids.push(...(data['conversations'] as { id: string }[]).map(({ id }) => id));
        cursor = data['next_cursor'];
        if (cursor === null) break;
      }
      await gate.clearFaults();
      expect(ids).toEqual(['1', '2', '3']);
    });

    it.each<[string, string, Record<string, unknown>, string[]]>([
      [
        'wrong arguments',
        LIST,
        { limit: 'many' },
        ['limit: must be a whole number', 'Correct the arguments', 'invalid_arguments'],
      ],
      ['an unknown argument', LIST, { wat: 1 }, ['wat', 'invalid_arguments']],
      ['a cursor that is none', LIST, { cursor: 'part.x' }, ['(']],
      ['a foreign id', GET, { conversation_id: '999' }, ['Check the id', 'not_found']],
    ])('and explains %s in the result', async (_what, tool, args, parts) => {
      const result = await call(await clients.modern(token), tool, args);
      expect(result.isError).toBe(true);
      for (const part of parts) expect(textOf(result)).toContain(part);
    });

    it('and says of a fault of ours what to quote, and nothing of what it was: that is in the log', async () => {
      const executor = gate.nest.get(ExecuteTool, { strict: false });
      const run = executor.run.bind(executor);
      const faults: [unknown, string, string][] = [
        [new TypeError('password=hunter2 at 10.0.0.7'), 'internal', 'error'],
        [new AppError('internal', 'Something went wrong.', { internal: 'hunter2' }), 'internal', 'warn'],
        [new AppError('not_available', 'Not now.', { internal: 'hunter2' }), 'not_available', 'warn'],
      ];
      try {
        for (const [fault, code, level] of faults) {
          executor.run = () => Promise.reject(fault);
          const answer = await clients.raw(token, 'tools/call', { name: LIST, arguments: {} });
          const requestId = String(answer.headers['x-request-id']);
          expect([answer.status, resultOf(answer)['isError']]).toEqual([200, true]);
          expect(answer.text).toContain(`(${code}, ${requestId})`);
          expect(answer.text).not.toContain('hunter2');
          const lines = gate.log.map((line) => JSON.parse(line) as Record<string, unknown>);
          const line = lines.find((each) => each['request_id'] === requestId && each['msg'] !== 'request');
          expect(line).toMatchObject({ level });
          expect(JSON.stringify(line)).toContain('hunter2');
        }
      } finally {
        executor.run = run;
      }
    });

    it('not what the URL leaves out, and records that; a tool by its other name is the same tool', async () => {
      const client = await clients.modern(token, { url: `${clients.url}/readonly` });
      const refused = await call(client, REPLY, { conversation_id: '1', body: 'no' });
      expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining('reading only')]);
      expect(await refusedTools(token)).toContain(REPLY);
      const narrow = await clients.modern(token, { url: `${clients.url}/x/contacts` });
      expect(textOf(await call(narrow, LIST))).toContain('policy_denied');
      expect(await refusedTools(token)).toContain(LIST);
      await expect(call(client, 'no_such_tool')).rejects.toThrow('no_such_tool');
      expect(await refusedTools(token)).toContain('no_such_tool');
      expect((await call(await clients.modern(token), 'intercom_list_conversations')).isError).toBeUndefined();
    });

    it('not without the scope for it: whoever has nobody to ask is told in the result', async () => {
      const reading = await clients.token('alice', { scopes: ['mcp:read'] });
      const answer = await clients.raw(reading, 'tools/call', { name: REPLY, arguments: {} });
      expect(resultOf(answer)).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('mcp:write') }],
      });
      expect(await refusedTools(reading)).toEqual([REPLY]);
    });

    it('within the limit of the API client, of which nothing but calls is counted', async () => {
      const limits = { permissions: ['tools:execute', 'tools:read'] };
      const own = await clients.token('alice', {}, undefined, await gate.clientWith(limits));
      stopped = clock.now();
      for (let n = 0; n < PER_MINUTE + 5; n += 1) await clients.raw(own, n % 2 ? 'tools/list' : 'server/discover');
      const calls = Array.from({ length: PER_MINUTE }, () =>
        clients.raw(own, 'tools/call', { name: GET, arguments: { conversation_id: '999' } }),
      );
      for (const answer of await Promise.all(calls)) expect(answer.text).toContain('not_found');
      const late = await clients.raw(own, 'tools/call', { name: GET, arguments: { conversation_id: '999' } });
      stopped = null;
      expect(late.text).toContain('Wait 1 seconds, then call again');
    });
  });

  describe('asks a user who has no account to connect one', () => {
    const codeInLog = (): string => passcodeIn(gate.log);
    /** Opens the link and signs in as this user, to come back to it. */
    const signIn = async (browser: Browser, link: string, user: string): Promise<Opened> => {
      const page = await browser.open(link);
      expect(page.page.text).toContain('<title>Sign in</title>');
      return signInAt(browser, page, user, codeInLog);
    };
    const connect = async (link: string, user: string): Promise<void> => {
      const browser = new Browser();
      const page = await signIn(browser, link, user);
      expect(page.page.text).toContain(`<bdi>${user}</bdi>`);
      const asked = await browser.press(page, { decision: 'continue' });
      await gate.answerConsent(browser, asked, { teammate: teammates[1] ?? '', decision: 'allow' });
    };
    const stateOf = async (user: string): Promise<unknown> => (await gate.account(user))['status'];

    it('at a URL, by a client that can send them there; the call then goes on by itself', async () => {
      const seen: string[] = [];
      const onUrl = async (url: string): Promise<'accept'> => {
        seen.push(url);
        await connect(url, 'carol');
        return 'accept';
      };
      const client = await clients.modern(await clients.token('carol'), { onUrl });
      expect(dataOf(await call(client, LIST, { limit: 1 }))['conversations']).toHaveLength(1);
      expect(seen).toEqual([expect.stringMatching(`^${gate.url}/connect/`)]);
    });

    it('and decides by the account that is stored, not by what the client says', async () => {
      const client = await clients.modern(await clients.token('dave'), { onUrl: async () => 'accept' });
      const result = await call(client, LIST);
      expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('not connected yet')]);
      expect(await stateOf('dave')).toBe('PENDING_AUTH');
    });

    it('with a link in the result for every other client, and once is enough', async () => {
      const theirs = await clients.token('erin');
      for (const client of [await clients.old(theirs), await clients.modern(theirs)]) {
        const asked = await call(client, LIST);
        expect(asked.isError).toBe(true);
        expect(textOf(asked)).toContain(`${gate.url}/connect/`);
      }
      const old = await clients.old(theirs);
      await connect(linkIn(await call(old, LIST)), 'erin');
      expect((await call(old, LIST, { limit: 1 })).isError).toBeUndefined();
    });

    it('who signs in as that user first: nobody else can connect an account of theirs for them', async () => {
      const theirs = await clients.old(await clients.token('grace'));
      const link = linkIn(await call(theirs, LIST));
      // Not by knowing the link, nor by answering its page without having been shown it
      const stranger = new Browser();
      const asked = await stranger.open(link);
      expect(new URL(asked.url).pathname).toMatch(/^\/oauth2\/interaction\//);
      const answered = await stranger.open(link, {
        method: 'POST',
        form: { decision: 'continue', proof: 'x'.repeat(43) },
      });
      expect(answered.page.text).toContain('did not reach us');
      const other = new Browser();
      const refused = await signIn(other, link, 'mallory');
      expect([refused.page.status, refused.page.text]).toEqual([
        403,
        expect.stringContaining('made for somebody else'),
      ]);
      expect(await gate.auditEvents('&type=connected_account.link_refused&identifier=grace')).toMatchObject([
        { reason: 'link_other_user' },
        { reason: 'link_unconfirmed' },
      ]);
      expect(await stateOf('grace')).toBe('PENDING_AUTH');
      await connect(link, 'grace');
      expect(await stateOf('grace')).toBe('ACTIVE');
      // What was made for the tenant's own application, which knows its users, asks as before
      expect((await new Browser().open(await gate.magicLink('grace'))).page.text).toContain('value="continue"');
    });

    it('whatever was answered to another call, or by another user', async () => {
      const theirs = await clients.token('frank');
      const meta = { ...META, 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } } };
      const asked = resultOf(await clients.raw(theirs, 'tools/call', { name: LIST, arguments: {} }, { meta }));
      expect(asked).toMatchObject({ resultType: 'input_required', inputRequests: { connect: expect.anything() } });
      const answered = { name: LIST, arguments: {}, inputResponses: { connect: { action: 'accept' } } };
      for (const requestState of [undefined, 'of-another-call']) {
        const again = await clients.raw(theirs, 'tools/call', { ...answered, requestState }, { meta });
        expect(again.text).toContain('not connected yet');
      }
      expect(await stateOf('frank')).toBe('PENDING_AUTH');
    });
  });

  describe('lets in', () => {
    it('nobody without a good token, whatever is asked for, and says where to get one', async () => {
      const [header, , signature] = token.split('.');
      const forged = Buffer.from(JSON.stringify({ ...decodeJwt(token), sub: 'bob' })).toString('base64url');
      const readonly = await clients.token('alice', { path: '/readonly' });
      const bad = [null, 'x', 'a.b.c', gate.token, `${header}.${forged}.${signature}`, readonly];
      for (const each of bad)
        for (const method of ['initialize', 'server/discover', 'tools/list', 'tools/call', 'nonsense']) {
          const answer = await clients.raw(each, method);
          expect(answer.status).toBe(401);
          const said = String(answer.headers['www-authenticate']);
          expect(said).toContain(`resource_metadata="${gate.url}/.well-known/oauth-protected-resource/intercom"`);
          expect(said).toContain('scope="mcp:read"');
          expect(answer.json()['detail']).toContain('tokens');
        }
      expect((await clients.raw(null, 'tools/list', {}, { url: `${clients.url}?access_token=${token}` })).status).toBe(
        401,
      );
      expect(await namesAt('/intercom/readonly', {}, readonly)).toContain(LIST);
    });

    it('no token of another URL, one that ran out, or one that was revoked', async () => {
      const id = await clients.connectionId();
      expect((await clients.raw(token, 'tools/list', {}, { url: `${gate.url}/${id}` })).status).toBe(401);
      const other = await clients.token('alice', { expires_in: 60 });
      expect((await gate.remove(`/api/v1/mcp/tokens/${idOf(token)}`)).status).toBe(200);
      expect((await clients.raw(token, 'tools/list')).status).toBe(401);
      expect((await clients.raw(other, 'tools/list')).status).toBe(200);
      ahead += 61_000;
      expect((await clients.raw(other, 'tools/list')).status).toBe(401);
    });

    it('no call whose body is held back until its token has been revoked', async () => {
      const guard = gate.nest.get<McpGuard>(MCP_GUARD, { strict: false });
      const resolve = guard.resolve.bind(guard);
      const letIn = new Promise<unknown>((passed) => {
        guard.resolve = async (asked) => {
          const admission = await resolve(asked);
          passed(admission.challenge);
          return admission;
        };
      });
      const message = {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: LIST, arguments: {}, _meta: META },
      };
      const body = JSON.stringify(message);
      async function* held(): AsyncGenerator<string> {
        yield body.slice(0, 10);
        expect(await letIn).toBeUndefined();
        expect((await gate.remove(`/api/v1/mcp/tokens/${idOf(token)}`)).status).toBe(200);
        yield body.slice(10);
      }
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': MODERN,
        'mcp-method': 'tools/call',
        'mcp-name': LIST,
      };
      try {
        const answer = await httpRequest(clients.url, { method: 'POST', headers, body: Readable.from(held()) });
        expect([answer.statusCode, await answer.body.text()]).toEqual([401, expect.stringContaining('revoked')]);
      } finally {
        guard.resolve = resolve;
      }
    });

    it('no page of another site and no request for another host; programs, which send no Origin, it does', async () => {
      const foreign: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { host: 'evil.example' },
        { origin: 'null' },
      ];
      for (const headers of foreign) expect((await clients.raw(token, 'tools/list', {}, { headers })).status).toBe(403);
      for (const headers of [{ origin: gate.url }, { origin: null }])
        expect((await clients.raw(token, 'tools/list', {}, { headers })).status).toBe(200);
    });

    it('nobody where nothing is', async () => {
      const nothing = ['/nothing', '/mcp/nothing', '/intercom/other', '/%00', '/intercom%00', '/conn_%00', '/mcp/%00'];
      for (const path of nothing) {
        expect((await clients.raw(token, 'tools/list', {}, { url: gate.url + path })).status).toBe(404);
        expect((await send(`${gate.url}/.well-known/oauth-protected-resource${path}`)).status).toBe(404);
        expect((await send(gate.url + path, { headers: { accept: 'text/html' } })).status).toBe(404);
      }
    });
  });

  describe('keeps apart', () => {
    const MINE = { assigned_to: 'me', limit: 5 };
    const USERS = ['alice', 'bob'] as const;
    const idsIn = (data: Record<string, unknown>): string[] =>
      (data['conversations'] as { id: string }[]).map(({ id }) => id);

    it('two users with two clients each on two nodes at once: answers, lists and records', async () => {
      await gate.connect('bob', teammates[1] ?? '');
      const urls = [clients.url, `${await gate.addNode()}/intercom`];
      const expected = new Map<string, { conversations: string[]; tools: number; principal: unknown; token: string }>();
      for (const [n, user] of USERS.entries()) {
        const own = await gate.execute(LIST, user, MINE);
        expected.set(user, {
          conversations: idsIn(own.json()['data'] as Record<string, unknown>),
          tools: n === 0 ? 6 : 4,
          principal: teammates[n],
          token: await clients.token(user, n === 0 ? {} : { scopes: ['mcp:read'] }),
        });
      }
      const [alice, bob] = USERS.map((user) => expected.get(user)?.conversations);
      expect(alice).not.toEqual(bob);
      const visits = USERS.flatMap((user) =>
        urls.flatMap((url) => [1, 2].map((generation) => ({ user, url, generation }))),
      );
      await Promise.all(
        visits.map(async ({ user, url, generation }) => {
          const own = expected.get(user);
          const theirs = own?.token ?? '';
          const client = generation === 1 ? await clients.old(theirs, { url }) : await clients.modern(theirs, { url });
          for (let round = 0; round < 3; round += 1) {
            expect((await client.listTools()).tools).toHaveLength(own?.tools ?? 0);
            expect(idsIn(dataOf(await call(client, LIST, MINE)))).toEqual(own?.conversations);
          }
        }),
      );
      const events = await gate.auditEvents('&type=tool.requested');
      for (const user of USERS) {
        const own = expected.get(user);
        const records = events.filter(
          ({ detail }) => (detail as { agent_run_id?: string }).agent_run_id === idOf(own?.token ?? ''),
        );
        expect(records).toHaveLength((visits.length / 2) * 3);
        for (const record of records) expect(record).toMatchObject({ identifier: user, principal_id: own?.principal });
      }
    });
  });

  describe('refuses', () => {
    const VERSION = 'io.modelcontextprotocol/protocolVersion';
    const CALL = { name: LIST, arguments: {} };
    it.each<[string, string, object, RawChanges, number, number]>([
      [
        'a version that is none',
        'tools/list',
        {},
        { headers: { 'mcp-protocol-version': '2031-01-01' }, meta: { ...META, [VERSION]: '2031-01-01' } },
        400,
        -32_022,
      ],
      ['another version in the header', 'tools/list', {}, { headers: { 'mcp-protocol-version': OLD } }, 400, -32_020],
      ['another method in the header', 'tools/list', {}, { headers: { 'mcp-method': 'tools/call' } }, 400, -32_020],
      ['another tool in the header', 'tools/call', CALL, { headers: { 'mcp-name': GET } }, 400, -32_020],
      ['no method in the header', 'tools/list', {}, { headers: { 'mcp-method': null } }, 400, -32_020],
      ['no _meta', 'tools/list', {}, { meta: {} }, 400, -32_602],
      ['no version in _meta', 'tools/list', {}, { meta: { ...META, [VERSION]: undefined } }, 400, -32_602],
      ['no capabilities in _meta', 'tools/list', {}, { meta: { [VERSION]: MODERN } }, 400, -32_602],
      ['a method that is none', 'tools/burn', {}, {}, 404, -32_601],
      ['a tool that is none', 'tools/call', { name: 'intercom_nothing', arguments: {} }, {}, 200, -32_602],
      ['a cursor of the list that is none', 'tools/list', { cursor: 'x' }, {}, 200, -32_602],
      ['a batch', 'x', {}, { body: '[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]' }, 400, -32_600],
      ['what is no JSON', 'x', {}, { body: '{"jsonrpc":' }, 400, -32_700],
      ['what is no object', 'x', {}, { body: '7' }, 400, -32_600],
      ['deep JSON', 'x', {}, { body: `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}` }, 400, -32_600],
      [
        'many members',
        'tools/call',
        { name: LIST, arguments: Object.fromEntries(many(2_100).map(({ id }) => [id, 1])) },
        {},
        400,
        -32_600,
      ],
      ['a body of another kind', 'tools/list', {}, { headers: { 'content-type': 'text/plain' } }, 415, -32_000],
      ['a body of ten megabytes', 'x', {}, { body: JSON.stringify('x'.repeat(10_000_000)) }, 413, -32_000],
    ])('%s', async (_what, method, params, changes, status, code) => {
      const answer = await clients.raw(token, method, params, changes);
      expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
      if (code === -32_022) expect(errorOf(answer).data?.['supported']).toContain(MODERN);
    });

    it('a stranger’s body before it is read', async () => {
      let answered = (): void => undefined;
      const told = new Promise<void>((resolve) => (answered = resolve));
      async function* held(): AsyncGenerator<string> {
        yield '{"jsonrpc":';
        await told;
        yield '"2.0"}';
      }
      const headers = { authorization: 'Bearer x', 'content-type': 'application/json', 'mcp-protocol-version': MODERN };
      const answer = await httpRequest(clients.url, { method: 'POST', headers, body: Readable.from(held()) });
      answered();
      expect([answer.statusCode, await answer.body.text()]).toEqual([401, expect.stringContaining('tokens')]);
    });

    describe('nothing of the next request after a client has hung up in the middle of', () => {
      let known: string;
      beforeAll(async () => {
        const { data } = (await gate.execute(LIST, 'alice', { limit: 1 })).json() as {
          data: { conversations: { id: string }[] };
        };
        known = data.conversations[0]?.id ?? '';
      });
      afterEach(() => {
        gate.arrivals.listener = () => undefined;
        gate.arrivals.givenUp = () => undefined;
      });

      /** Requests whose client has gone, as the log tells of them. */
      const vanished = (): number =>
        gate.log.filter((line) => line.includes('"route":"/:connection"') && line.includes('"status":499')).length;

      /** Calls, hangs up when the provider has the request, and resolves when the call has come to something. */
      async function hangUp(name: string, args: Record<string, unknown>, request: string): Promise<unknown> {
        let release = (): void => undefined;
        const released = new Promise<void>((resolve) => (release = resolve));
        const reached = new Promise<void>((resolve) => {
          gate.arrivals.listener = (arrived) => {
            if (!arrived.startsWith(request)) return undefined;
            resolve();
            return released;
          };
        });
        const dropped = new Promise<void>((resolve) => {
          gate.arrivals.givenUp = (given) => given.startsWith(request) && resolve();
        });
        const gone = new AbortController();
        const client = await clients.modern(token);
        const asked = client
          .callTool({ name, arguments: args }, { signal: gone.signal })
          .catch((error: unknown) => error);
        await reached;
        const before = vanished();
        gone.abort();
        expect(await asked).toBeInstanceOf(Error);
        // Not before the server knows that nobody waits for the answer any more
        while (vanished() === before) await setTimeout(20);
        if (name === LIST) await dropped;
        release();
        expect((await call(await clients.modern(token), GET, { conversation_id: known })).isError).toBeUndefined();
        for (;;) {
          const events = await gate.auditEvents('&identifier=alice');
          const mine = (event: Record<string, unknown>): boolean =>
            (event['detail'] as { agent_run_id?: string }).agent_run_id === idOf(token) && event['tool_name'] === name;
          const execution = events.find(mine)?.['execution_id'];
          const outcome = events.find((event) => event['execution_id'] === execution && event['kind'] === 'outcome');
          if (outcome !== undefined) return outcome;
          await setTimeout(20);
        }
      }

      it('a read, which is given up at the provider too, and is on record as such', async () => {
        const outcome = await hangUp(LIST, {}, 'POST /conversations/search');
        expect(outcome).toMatchObject({ status: 'failure', error_code: 'timeout', source: 'mcp' });
        // By itself it would be given up after the connector's ten seconds only
      }, 9_000);

      it('a write, which is let finish, so that the record says what came of it', async () => {
        const args = { conversation_id: known, body: 'written to the end' };
        const outcome = await hangUp(REPLY, args, `POST /conversations/${known}/reply`);
        expect(outcome).toMatchObject({ status: 'success', error_code: null });
        const { text } = await gate.execute(GET, 'alice', { conversation_id: known });
        expect(text).toContain('written to the end');
      });
    });
  });
});
