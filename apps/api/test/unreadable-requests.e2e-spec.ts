import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Harness, type Teammate } from './harness.js';

const HOST = 'Host: gate.test\r\n';
const CLOSE = 'Connection: close\r\n';

describe('requests that never become one for the application', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
  });
  afterAll(() => gate.stop());

  /** All that comes back on a connection of its own until it ends. */
  async function say(request: string): Promise<string> {
    const socket = connect(Number(new URL(gate.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    return text(socket);
  }

  it.each<[string, string, number, string]>([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 400, 'invalid_arguments'],
    ['a method that is none', `STEAL / HTTP/1.1\r\n${HOST}\r\n`, 400, 'invalid_arguments'],
    [
      'two lengths',
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      400,
      'invalid_arguments',
    ],
    [
      'a length and chunks',
      `POST /oauth/token HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'invalid_arguments',
    ],
    [
      'a chunk without a length',
      `POST /oauth/token HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'invalid_arguments',
    ],
    [
      'headers of more than 16 KiB',
      `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['no host', `GET /health/live HTTP/1.1\r\n${CLOSE}\r\n`, 400, 'invalid_arguments'],
    [
      'a tool call, and no host',
      `POST /api/v1/execute_tool HTTP/1.1\r\n${CLOSE}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      400,
      'invalid_arguments',
    ],
  ])('are answered as a problem, and logged: %s', async (_, request, status, code) => {
    const [head = '', body = ''] = (await say(request)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, code, request_id: expect.stringMatching(/^req_/) });
    const { request_id: id } = JSON.parse(body) as { request_id: string };
    expect(head.toLowerCase()).toContain(`x-request-id: ${id.toLowerCase()}`);
    expect(gate.log.filter((line) => line.includes(id))).toEqual([expect.stringContaining(`"status":${status}`)]);
  });

  it('are no answer to the request before them, which is still under way', async () => {
    await gate.connect('alice', ((await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate).id);
    let behind = (): void => undefined;
    const asked = new Promise<void>((resolve) => (behind = resolve));
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    gate.arrivals.listener = () => (behind(), held);
    const call = JSON.stringify({
      tool_name: 'intercom_conversations_list',
      identifier: 'alice',
      params: { limit: 1 },
    });
    const socket = connect(Number(new URL(gate.url).port), '127.0.0.1');
    socket.write(
      `POST /api/v1/execute_tool HTTP/1.1\r\n${HOST}Authorization: Bearer ${gate.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${call.length}\r\n\r\n${call}`,
    );
    await asked;
    const heard = text(socket);
    socket.write('nonsense\r\n\r\n');
    expect(await heard).toBe('');
    release();
    gate.arrivals.listener = () => undefined;
  });

  it('are served where they expect what we do not know', async () => {
    const answer = await say(`GET /health/live HTTP/1.1\r\n${HOST}${CLOSE}Expect: the-unexpected\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});
