import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { text } from 'node:stream/consumers';
import { selfSigned } from '#app/testing';
import { Listener, type ListenerLimits } from './listener.js';

const GET = 'GET /one HTTP/1.1\r\nHost: gate.test\r\n\r\n';
const POST = 'POST /two HTTP/1.1\r\nHost: gate.test\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello';

/** And the empty settings that have to follow. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00';

const PATIENT: ListenerLimits = { keepAliveMs: 60_000, idleMs: 60_000, bodyMs: 60_000, silenceMs: 60_000 };

interface Exchange {
  readonly protocol: string;
  readonly url: string | undefined;
  readonly body: string;
}

describe('one port for both protocols', () => {
  const made = selfSigned();
  const tls = { cert: Buffer.from(made.cert), key: Buffer.from(made.key) };
  let listener: Listener;
  let port: number;
  /** Where an answer waits, and is told what to wait for. */
  let gate: Promise<void>;
  let arrived: Promise<void>;
  let arrive: () => void;

  async function start(files: typeof tls | null, limits: Partial<ListenerLimits> = {}): Promise<void> {
    gate = Promise.resolve();
    arrived = new Promise((resolve) => (arrive = resolve));
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { httpVersion: protocol, url, method } = request;
      const exchange: Exchange = { protocol, url, body: method === 'GET' ? '' : await text(request) };
      arrive();
      await gate;
      response.end(JSON.stringify(exchange));
    };
    const serve = (request: unknown, response: unknown): void =>
      void answer(request as IncomingMessage, response as ServerResponse).catch(() => undefined);
    listener = new Listener(serve, serve, files, { ...PATIENT, ...limits });
    listener.server.listen(0, '127.0.0.1');
    await once(listener.server, 'listening');
    ({ port } = listener.server.address() as AddressInfo);
  }

  const closed = (): Promise<unknown> => new Promise((resolve) => void listener.server.close(resolve));
  const stop = async (): Promise<void> => {
    listener.end();
    listener.server.closeAllConnections();
    await closed();
  };
  afterEach(() => stop());

  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  /** However it ends: a connection that is reset has ended too. */
  const ended = (socket: Socket): Promise<unknown> =>
    new Promise(
      (resolve) =>
        void socket
          .on('error', () => undefined)
          .on('close', resolve)
          .resume(),
    );
  const session = (scheme = 'http'): ClientHttp2Session =>
    connectHttp2(`${scheme}://127.0.0.1:${port}`, { ca: made.cert });
  const ask = async (from: ClientHttp2Session, path: string, body = ''): Promise<Exchange> => {
    const stream = from.request({ ':path': path, ':method': 'POST' });
    stream.end(body);
    return JSON.parse(await text(stream)) as Exchange;
  };

  describe('in cleartext', () => {
    beforeEach(() => start(null));

    it('serves HTTP/2 with prior knowledge, and HTTP/1.1 beside it', async () => {
      const client = session();
      expect(await ask(client, '/h2', 'x')).toEqual({ protocol: '2.0', url: '/h2', body: 'x' });
      client.close();
      const socket = await open();
      socket.write(POST);
      expect(await text(socket)).toContain('{"protocol":"1.1","url":"/two","body":"hello"}');
    });

    it.each(['whole', 'byte by byte'])('serves requests that come %s, one behind the other', async (how) => {
      const socket = await open();
      if (how === 'whole') socket.write(GET + POST);
      else for (const letter of GET + POST) await new Promise((written) => socket.write(letter, written));
      const answers = await text(socket);
      expect(answers.match(/\{[^}]*\}/g)).toEqual([
        '{"protocol":"1.1","url":"/one","body":""}',
        '{"protocol":"1.1","url":"/two","body":"hello"}',
      ]);
    });

    it('tells HTTP/2 from a method that begins like it', async () => {
      const socket = await open();
      for (const letter of ['P', 'R']) await new Promise((written) => socket.write(letter, written));
      socket.write(`OPFIND / HTTP/1.1\r\nHost: gate.test\r\nConnection: close\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 200/);
    });

    it('answers a client that has ended its side after the request', async () => {
      const socket = await open();
      socket.end(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      expect(await text(socket)).toContain('"/one"');
    });

    it('closes its side of an HTTP/2 connection whose client has gone', async () => {
      const socket = await open();
      socket.write(PREFACE);
      await once(socket, 'data');
      socket.end();
      await once(socket.resume(), 'close');
      expect(await connections()).toBe(0);
    });

    it('closes with a connection that has said nothing, or not enough, as soon as it stops', async () => {
      const [silent, slow] = [await open(), await open()];
      const ends = [silent, slow].map((socket) => ended(socket));
      await new Promise((written) => slow.write('PR', written));
      while ((await connections()) < 2) await new Promise(setImmediate);
      listener.end();
      expect(await Promise.all([closed(), ...ends])).toHaveLength(3);
      listener.server.listen(0);
    });
  });

  describe('over TLS', () => {
    beforeEach(() => start(tls));

    it('serves the protocol that the client chose', async () => {
      const client = session('https');
      expect(await ask(client, '/h2')).toMatchObject({ protocol: '2.0', url: '/h2' });
      client.close();
      for (const ALPNProtocols of [['http/1.1'], []]) {
        const socket = connectTls({ port, host: '127.0.0.1', ca: made.cert, ALPNProtocols });
        socket.end(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
        expect(await text(socket)).toContain('"protocol":"1.1"');
      }
    });
  });

  describe('that has waited long enough', () => {
    it('closes connections that say nothing', async () => {
      await start(null, { silenceMs: 20 });
      await ended(await open());
      expect(await connections()).toBe(0);
    });

    it('closes connections that do not come to the end of their TLS handshake', async () => {
      await start(tls, { silenceMs: 20 });
      await ended(await open());
      expect(await connections()).toBe(0);
    });

    it('gives up an HTTP/2 request that does not end, and lets an answer take its time', async () => {
      await start(null, { bodyMs: 20 });
      const client = session();
      const get = client.request({ ':path': '/get' });
      const endless = client.request({ ':path': '/', ':method': 'POST' });
      const slow = ask(client, '/slow', 'x');
      let release = (): void => undefined;
      gate = new Promise((resolve) => (release = resolve));
      await expect(once(endless.resume(), 'end')).resolves.toEqual([]);
      expect(endless.rstCode).toBe(constants.NGHTTP2_CANCEL);
      release();
      expect([await text(get), (await slow).url]).toEqual([expect.stringContaining('"/get"'), '/slow']);
      client.close();
    });

    it('closes HTTP/2 connections that never come to a request', async () => {
      await start(null, { bodyMs: 20 });
      const [silent, slow] = [await open(), await open()];
      silent.write(PREFACE);
      // headers whose end never comes
      slow.write(`${PREFACE}\x00\x00\x01\x01\x00\x00\x00\x00\x01\x02`);
      await Promise.all([ended(silent), ended(slow)]);
      expect(await connections()).toBe(0);
    });

    it('keeps those that had one', async () => {
      await start(null, { bodyMs: 20 });
      const client = session();
      await ask(client, '/');
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect(await ask(client, '/again')).toMatchObject({ url: '/again' });
      client.close();
    });

    it('closes HTTP/2 connections that are idle', async () => {
      await start(null, { idleMs: 20 });
      const client = session();
      await once(client, 'close');
      expect(client.destroyed).toBe(true);
    });
  });

  describe.each(['http', 'https'])('that closes, over %s', (scheme) => {
    let client: ClientHttp2Session;
    beforeEach(async () => {
      await start(scheme === 'https' ? tls : null);
      client = session(scheme);
      await once(client, 'connect');
    });
    afterEach(async () => {
      listener.server.listen(0);
      await once(listener.server, 'listening');
    });

    it('ends HTTP/2 connections on which nothing is under way', async () => {
      await ask(client, '/');
      listener.end();
      await Promise.all([closed(), once(client, 'close')]);
      expect(client.destroyed).toBe(true);
    });

    it('lets calls under way finish, and refuses others in a way that says they may be sent again', async () => {
      let release = (): void => undefined;
      gate = new Promise((resolve) => (release = resolve));
      const before = ask(client, '/before');
      await arrived;
      listener.end();
      const meanwhile = ask(client, '/meanwhile').catch((error: Error) => error.message);
      await once(client, 'goaway');
      const done = closed();
      expect(await meanwhile).toContain('REFUSED_STREAM');
      release();
      expect(await before).toMatchObject({ url: '/before' });
      await Promise.all([done, once(client, 'close')]);
    });
  });

  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      listener.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
});
