import { gzipSync } from 'node:zlib';
import { Secret } from '#app/kernel';
import { ProviderDouble, errorOf } from '../test/provider-double.js';
import type { EgressRequest } from './egress-request.js';
import type { Resolver } from './guarded-connector.js';

const TOKEN = 'dG9r+/ZW4=:canary"token\\of-the-user';
const bearer = { authorization: { prefix: 'Bearer ', secret: new Secret(TOKEN.replaceAll(/["\\]/g, '')) } };

describe('EgressClient', () => {
  let provider: ProviderDouble;
  afterEach(() => provider.stop());

  describe('an exchange', () => {
    it('sends method, path, query, headers and JSON, and returns status, headers and body', async () => {
      provider = await ProviderDouble.http((_request, response) =>
        response.writeHead(201, { 'x-a': ['1', '2'], 'set-cookie': 'sid=1' }).end('{"ok":true}'),
      );
      const response = await provider.send({
        url: new URL(`http://${provider.host}/a/b?x=1&y=%2F#part`),
        method: 'POST',
        headers: { Accept: 'application/json', ...bearer },
        body: { json: { name: 'ü', token: new Secret(TOKEN), list: [new Secret('within')] } },
      });
      expect(provider.arrived).toMatchObject([
        {
          method: 'POST',
          url: '/a/b?x=1&y=%2F',
          body: JSON.stringify({ name: 'ü', token: TOKEN, list: ['within'] }),
          headers: {
            accept: 'application/json',
            authorization: 'Bearer dG9r+/ZW4=:canarytokenof-the-user',
            'content-type': 'application/json',
            'accept-encoding': 'identity',
            'user-agent': 'gatehouse',
          },
        },
      ]);
      expect(response.status).toBe(201);
      expect(response.headers).toMatchObject({ 'x-a': '1, 2' });
      expect(response.headers).not.toHaveProperty('set-cookie');
      expect(response.body.toString()).toBe('{"ok":true}');
    });

    it('sends forms, text and HTTP Basic as RFC 6749 has it', async () => {
      provider = await ProviderDouble.http((_request, response) => response.end());
      const authorization = { username: 'id:1', password: new Secret('p w/ä') };
      await provider.send({
        method: 'POST',
        headers: { authorization },
        body: { form: { code: new Secret('a+b&c'), grant: 'x y' } },
      });
      await provider.send({ method: 'PUT', body: { text: '<a/>', contentType: 'text/xml' } });
      expect(provider.arrived[0]?.headers.authorization).toBe(
        `Basic ${Buffer.from('id%3A1:p+w%2F%C3%A4').toString('base64')}`,
      );
      expect(provider.arrived[0]?.body).toBe('code=a%2Bb%26c&grant=x+y');
      expect(provider.arrived[1]).toMatchObject({ body: '<a/>', headers: { 'content-type': 'text/xml' } });
    });

    it('keeps connections for the next request', async () => {
      provider = await ProviderDouble.http((_request, response) => response.end('x'));
      for (let i = 0; i < 5; i++) await provider.send();
      // One more may be opened while the first is being given back
      expect(provider.connections).toBeLessThanOrEqual(2);
    });

    it('takes a header named __proto__ for no prototype', async () => {
      provider = await ProviderDouble.http((_request, response) =>
        response.writeHead(200, ['__proto__', 'a', '__proto__', 'b', 'x-a', '1']).end(),
      );
      const { headers } = await provider.send();
      expect(Object.keys(headers)).not.toContain('__proto__');
      expect([Object.getPrototypeOf(headers), headers['x-a']]).toEqual([Object.prototype, '1']);
    });

    it('returns error answers like any other', async () => {
      provider = await ProviderDouble.http((_request, response) => response.writeHead(503).end('<html>'));
      expect(await provider.send()).toMatchObject({ status: 503, body: Buffer.from('<html>') });
    });

    it('returns 304, which is no redirect', async () => {
      provider = await ProviderDouble.http((_request, response) => response.writeHead(304).end());
      expect((await provider.send({ headers: { 'if-none-match': '"1"' } })).status).toBe(304);
    });

    it('ignores what comes before the answer proper', async () => {
      provider = await ProviderDouble.tcp((socket) =>
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
      );
      expect(await provider.send()).toMatchObject({ status: 200, body: Buffer.from('ok') });
    });
  });

  it('R3 sends nothing that must not leave any more when the connection is there', async () => {
    let requests = 0;
    let asked = 0;
    provider = await ProviderDouble.http((_request, response) => response.end(String(++requests)));
    const mayLeave = (): boolean => ++asked === 1;
    expect(await provider.send({ mayLeave })).toMatchObject({ status: 200 });
    await expect(provider.send({ mayLeave })).rejects.toMatchObject({ kind: 'aborted', sent: false });
    expect([requests, asked]).toEqual([1, 2]);
    expect(await provider.send()).toMatchObject({ body: Buffer.from('2') });
  });

  describe('redirects', () => {
    it.each([301, 302, 303, 307, 308])(
      'E1 V11 does not follow a %i, and the credential goes nowhere else',
      async (status) => {
        const other = await ProviderDouble.http((_request, response) => response.end());
        provider = await ProviderDouble.http((_request, response) =>
          response.writeHead(status, { location: `http://${other.host}/` }).end('x'.repeat(100_000)),
        );
        const client = provider.client([provider.host, other.host]);
        const request = { headers: bearer, allowedHosts: [provider.host, other.host] };
        const error = await errorOf(provider.send(request, client));
        expect(error).toMatchObject({ kind: 'redirect', sent: true });
        expect(other.connections).toBe(0);
        await other.stop();
      },
    );
  });

  describe('limits', () => {
    it('refuses a body that announces more than the limit', async () => {
      provider = await ProviderDouble.http((_request, response) =>
        response.writeHead(200, { 'content-length': 100_000_000 }).write('x'),
      );
      expect(await errorOf(provider.send())).toMatchObject({ kind: 'too_large', sent: true });
    });

    it('cuts a body of 100 MB that announces nothing, long before its end', async () => {
      let written = 0;
      const chunk = Buffer.alloc(100_000);
      provider = await ProviderDouble.http((_request, response) => {
        const more = (): void => {
          while (written < 100_000_000 && !response.destroyed) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
        };
        more();
      });
      expect(await errorOf(provider.send())).toMatchObject({ kind: 'too_large', sent: true });
      expect(written).toBeLessThan(50_000_000);
    });

    it('takes a body of exactly the limit', async () => {
      provider = await ProviderDouble.http((_request, response) =>
        response.write('x'.repeat(600), () => response.end('y'.repeat(400))),
      );
      expect((await provider.send({ maxResponseBytes: 1000 })).body.length).toBe(1000);
      expect(await errorOf(provider.send({ maxResponseBytes: 999 }))).toMatchObject({ kind: 'too_large' });
    });

    it('refuses headers without end', async () => {
      provider = await ProviderDouble.tcp((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n`));
      expect(await errorOf(provider.send())).toMatchObject({ kind: 'too_large', sent: true });
    });

    it('times out on a provider that never answers', async () => {
      provider = await ProviderDouble.tcp(() => {});
      expect(await errorOf(provider.send({ timeoutMs: 1_000 }))).toMatchObject({ kind: 'timeout', sent: true });
    });

    it('times out on a provider that drips byte by byte', async () => {
      let drip: NodeJS.Timeout | undefined;
      provider = await ProviderDouble.http((_request, response) => {
        drip = setInterval(() => response.write('x'), 5);
        response.once('close', () => clearInterval(drip));
      });
      expect(await errorOf(provider.send({ timeoutMs: 1_000 }))).toMatchObject({ kind: 'timeout', sent: true });
    });

    it('sends nothing when no time is left', async () => {
      provider = await ProviderDouble.http((_request, response) => response.end());
      expect(await errorOf(provider.send({ timeoutMs: 0 }))).toMatchObject({ kind: 'timeout', sent: false });
      expect(provider.connections).toBe(0);
    });

    it('knows that nothing was sent when time runs out before there is a connection', async () => {
      provider = await ProviderDouble.http((_request, response) => response.end());
      const place = `provider.test:${provider.port}`;
      const here = [{ address: '127.0.0.1', family: 4 }];
      const waiting: (() => void)[] = [];
      let fast = false;
      const slow: Resolver = () =>
        fast ? Promise.resolve(here) : new Promise((resolve) => waiting.push(() => resolve(here)));
      const client = provider.client([place], slow);
      const request: EgressRequest = provider.request({
        url: new URL(`http://${place}/late`),
        allowedHosts: [place],
        timeoutMs: 50,
      });
      expect(await errorOf(client.send(request))).toMatchObject({ kind: 'timeout', sent: false });
      // The connection comes up after all: the request must not go out behind the caller's back
      fast = true;
      for (const resume of waiting) resume();
      await client.send({ ...request, url: new URL(`http://${place}/next`), timeoutMs: 20_000 });
      expect(provider.arrived.map(({ url }) => url)).toEqual(['/next']);
    });
  });

  describe('a caller that goes away', () => {
    it('sends nothing when it has gone before', async () => {
      provider = await ProviderDouble.http((_request, response) => response.end());
      expect(await errorOf(provider.send({ signal: AbortSignal.abort() }))).toMatchObject({
        kind: 'aborted',
        sent: false,
      });
      expect(provider.connections).toBe(0);
    });

    it('cuts the connection and knows that the request was sent', async () => {
      const controller = new AbortController();
      let closed: Promise<unknown> = Promise.resolve();
      provider = await ProviderDouble.http((request) => {
        closed = new Promise((resolve) => request.socket.once('close', resolve));
        controller.abort();
      });
      const error = await errorOf(provider.send({ method: 'POST', signal: controller.signal, body: { json: {} } }));
      expect(error).toMatchObject({ kind: 'aborted', sent: true });
      await closed;
    });
  });

  describe('broken connections', () => {
    it('knows that nothing was sent when nobody listens', async () => {
      const gone = await ProviderDouble.tcp(() => {});
      const request = gone.request({ method: 'POST' });
      const client = gone.client();
      await gone.stopListening();
      expect(await errorOf(client.send(request))).toMatchObject({ kind: 'network', sent: false });
      provider = gone;
    });

    it('calls it sent when the connection is reset after the request', async () => {
      provider = await ProviderDouble.tcp((socket) => socket.resetAndDestroy());
      const error = await errorOf(provider.send({ method: 'POST', body: { json: { text: 'hello' } } }));
      expect(error).toMatchObject({ kind: 'network', sent: true });
    });

    it('does not repeat a request by itself', async () => {
      let requests = 0;
      provider = await ProviderDouble.tcp((socket) => {
        requests += 1;
        socket.destroy();
      });
      await errorOf(provider.send());
      await errorOf(provider.send({ method: 'POST' }));
      expect(requests).toBe(2);
    });

    it.each([
      ['a length that is not reached', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":'],
      ['a missing last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n'],
      [
        'a missing last chunk on a closing connection',
        'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
      ],
    ])('notices %s', async (_what, bytes) => {
      provider = await ProviderDouble.tcp((socket) => socket.end(bytes));
      expect(await errorOf(provider.send())).toMatchObject({ kind: 'truncated', sent: true });
    });

    it('notices an answer that is not HTTP, and keeps its bytes out of the error', async () => {
      provider = await ProviderDouble.tcp((socket) => socket.end('SSH-2.0-canary\r\n'));
      const error = await errorOf(provider.send());
      expect(error).toMatchObject({ kind: 'network', sent: true });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error.cause)).not.toContain('canary');
    });

    it('refuses a compressed answer', async () => {
      provider = await ProviderDouble.http((_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}')),
      );
      expect(await errorOf(provider.send())).toMatchObject({ kind: 'network', sent: true });
    });

    it('goes on with other requests after each of them', async () => {
      let bad = true;
      provider = await ProviderDouble.http((request, response) =>
        bad ? request.socket.destroy() : response.end('fine'),
      );
      await errorOf(provider.send());
      bad = false;
      expect((await provider.send()).body.toString()).toBe('fine');
    });
  });

  describe('secrets', () => {
    it('V11 takes the token out of an error that echoes it, in body and headers', async () => {
      provider = await ProviderDouble.http((request, response) => {
        const sent = String(request.headers.authorization);
        response.writeHead(401, { 'www-authenticate': `${sent}, error`, 'x-token': sent.slice(7) });
        response.end(JSON.stringify({ error: `bad ${sent}`, nested: JSON.stringify({ sent }) }));
      });
      const response = await provider.send({ headers: bearer });
      const text = JSON.stringify([response.headers, response.body.toString()]);
      expect(text).not.toContain('canary');
      expect(response.headers).toMatchObject({
        'www-authenticate': 'Bearer [redacted], error',
        'x-token': '[redacted]',
      });
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: 'bad Bearer [redacted]' });
    });

    it('V11 takes out what was in the body, too', async () => {
      provider = await ProviderDouble.http((_request, response) =>
        response.end(`${TOKEN} ${JSON.stringify(TOKEN)} ${encodeURIComponent(TOKEN)} ${provider.arrived[0]?.body}`),
      );
      const response = await provider.send({ method: 'POST', body: { form: { client_secret: new Secret(TOKEN) } } });
      expect(response.body.toString()).toBe('[redacted] "[redacted]" [redacted] client_secret=[redacted]');
    });

    it('hands the answer of a token endpoint over as it came, and redacts its errors', async () => {
      let status = 200;
      provider = await ProviderDouble.http((_request, response) =>
        response.writeHead(status).end(`{"refresh_token":${JSON.stringify(TOKEN)}}`),
      );
      const request: Partial<EgressRequest> = {
        method: 'POST',
        answersWithCredentials: true,
        body: { form: { refresh_token: new Secret(TOKEN) } },
      };
      expect(JSON.parse((await provider.send(request)).body.toString())).toEqual({ refresh_token: TOKEN });
      status = 400;
      expect((await provider.send(request)).body.toString()).toBe('{"refresh_token":"[redacted]"}');
    });

    it('are not revealed for a destination that is refused', async () => {
      provider = await ProviderDouble.http((_request, response) => response.end());
      let revealed = false;
      const secret = new Proxy(new Secret('x'), {
        get(target, key) {
          revealed ||= key === 'reveal';
          return Reflect.get(target, key) as unknown;
        },
      });
      await errorOf(provider.send({ url: new URL('https://elsewhere.example/'), headers: { authorization: secret } }));
      expect(revealed).toBe(false);
    });
  });

  describe('close', () => {
    it('waits for what is under way and lets nothing more out', async () => {
      provider = await ProviderDouble.http((_request, response) => setTimeout(() => response.end('done'), 20));
      const client = provider.client();
      const running = provider.send({}, client);
      await client.close();
      expect((await running).body.toString()).toBe('done');
      expect(await errorOf(provider.send({}, client))).toMatchObject({ kind: 'network', sent: false });
      await client.close();
    });
  });
});
