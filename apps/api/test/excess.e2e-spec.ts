import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { devNull } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { send } from '../../demo/src/http.js';
import { Harness } from './harness.js';

const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);
const members = (count: number): Record<string, number> => Object.fromEntries(many(count).map((name) => [name, 1]));

describe('requests whose shape alone would keep the process busy', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
  });
  afterAll(() => gate.stop());

  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it.each<[string, () => ReturnType<typeof send>]>([
    ['a body with 40,000 members', () => gate.post('/api/v1/execute_tool', members(40_000))],
    [
      'arguments with 40,000 members',
      () => gate.post('/api/v1/execute_tool', { tool_name: 'x', params: members(40_000) }),
    ],
    [
      'a list with 40,000 members',
      () => gate.post('/api/v1/execute_tool', { tool_name: 'x', params: { a: many(40_000) } }),
    ],
    [
      'a form with 40,000 members',
      () => send(`${gate.url}/oauth/token`, { method: 'POST', raw: many(40_000).join('&'), headers: form }),
    ],
    ['a query with 300 members', () => gate.get(`/api/v1/tools?${many(300).join('=1&')}`)],
  ])('are refused before they are validated: %s', async (_, request) => {
    const answer = await request();
    expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
    expect(answer.json()['detail']).toMatch(/more than \d+ members/);
  });

  it('are not answered with more faults than anybody would read', async () => {
    expect((await gate.post('/api/v1/execute_tool', members(1_000))).json()['errors']).toHaveLength(20);
  });

  it.each<[string, (name: string) => ReturnType<typeof send>]>([
    ['of a body', (name) => gate.post('/api/v1/execute_tool', { tool_name: 'x', [name]: 1 })],
    ['within a body', (name) => gate.post('/api/v1/connections', { endpoints: { [name]: 1 } })],
    ['of a query', (name) => gate.get(`/api/v1/tools?${name.slice(0, 10_000)}=1`)],
    ['from a stranger', (name) => send(`${gate.url}/oauth/token`, { method: 'POST', form: { [name]: '1' } })],
  ])('do not come back as long as they came: the name of a field %s', async (_, request) => {
    const answer = await request('n'.repeat(300_000));
    expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
    expect(answer.text).toContain('n…');
    expect(answer.text.length).toBeLessThan(3_000);
  });

  it.each(['/oauth/token', '/oauth2/register', '/oauth2/token'])(
    'are ended when their body comes in crumbs: %s',
    async (path) => {
      const { host, port, hostname } = new URL(gate.url);
      const socket = connect(Number(port), hostname);
      const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
      socket.resume();
      const type = path === '/oauth2/register' ? 'application/json' : form['content-type'];
      const head = `Host: ${host}\r\nContent-Type: ${type}\r\nAuthorization: Bearer ${gate.token}\r\nTransfer-Encoding: chunked`;
      socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n${'1\r\n \r\n'.repeat(25_000)}`);
      await closed;
    },
  );

  /** How high the numbers of new files are: the system gives out the lowest that are free, which a few may be by chance. */
  const openFiles = (): number => {
    const files = Array.from({ length: 50 }, () => openSync(devNull, 'r'));
    for (const file of files) closeSync(file);
    return Math.max(...files);
  };

  it('leave no file open where answers wait for each other and the client goes away', async () => {
    const { host, port, hostname } = new URL(gate.url);
    const path = '/api/docs/swagger-ui-bundle.js';
    const before = openFiles();
    const sockets = Array.from({ length: 5 }, () => {
      const socket = connect(Number(port), hostname).pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(20));
      return socket;
    });
    // By then those are being answered
    for (let turn = 0; turn < 3; turn += 1) expect((await gate.get(path)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    for (let turn = 0; turn < 100 && openFiles() > before + 20; turn += 1) await pause(50);
    expect(openFiles()).toBeLessThanOrEqual(before + 20);
  });
});
