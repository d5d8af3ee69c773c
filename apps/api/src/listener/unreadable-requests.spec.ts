import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '#app/observability';
import { answerUnreadable } from './unreadable-requests.js';

describe('a request that does not arrive to its end in time', () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    const logger = createLogger('info', { write: () => undefined });
    server = createServer({ requestTimeout: 20, headersTimeout: 20, connectionsCheckingInterval: 10 });
    server.on('clientError', answerUnreadable(logger)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => new Promise((resolve) => void server.close(resolve)));

  const say = (request: string): Socket => {
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    return socket;
  };

  it.each([
    ['its headers', 'GET / HTTP/1.1\r\nHost:'],
    ['its body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab'],
  ])('is told so, as a problem: %s', async (_, request) => {
    const [head = '', body = ''] = (await text(say(request))).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request_incomplete', retryable: true });
  });

  it('is not told what would look like the rest of an answer that has begun', async () => {
    server.on('request', (_request, response) => void response.write('so far'));
    const heard = await text(say('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab'));
    expect(heard).toContain('so far');
    expect(heard).not.toContain('408');
  });
});
