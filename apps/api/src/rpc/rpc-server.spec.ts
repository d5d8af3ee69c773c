import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError, createConnectRouter } from '@connectrpc/connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { createLogger } from '#app/observability';
import { ErrorInfoSchema } from './generated/scalekit/v1/errdetails/errdetails_pb.js';
import { ToolService } from './generated/scalekit/v1/tools/tools_pb.js';
import { MAX_REQUEST_BYTES, RpcServer } from './rpc-server.js';

describe('RpcServer', () => {
  let server: Http2Server;
  let session: ClientHttp2Session;
  /** What handlers do before they answer. */
  let handling: (signal: AbortSignal) => Promise<unknown> = async () => undefined;

  beforeAll(async () => {
    const router = createConnectRouter({ grpcWeb: false, connect: false, readMaxBytes: MAX_REQUEST_BYTES }).service(
      ToolService,
      {
        executeTool: async (_message, { signal }) => {
          await handling(signal);
          return { executionId: 'exe_1' };
        },
      },
    );
    const underWay = { began: () => undefined, ended: () => undefined };
    const refusalOf = async (_id: unknown, authorization = 'known') =>
      authorization === 'known' ? null : new ConnectError('Who is it?', Code.Unauthenticated);
    const rpc = new RpcServer(router.handlers, { logger: createLogger('silent'), underWay, refusalOf });
    server = createServer((request, response) => rpc.serve(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    session.close();
    server.close();
    await once(server, 'close');
  });

  /** What is said in the trailers to a message of these bytes. */
  async function trailersOf(message: Uint8Array, headers: Record<string, string> = {}): Promise<Headers> {
    const fixed = { ':method': 'POST', ':path': '/scalekit.v1.tools.ToolService/ExecuteTool', te: 'trailers' };
    const stream = session.request({ ...fixed, 'content-type': 'application/grpc', ...headers });
    const length = Buffer.alloc(5);
    length.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([length, message]));
    const told = new Headers();
    const note = (some: IncomingHttpHeaders): void => {
      for (const name of ['grpc-status', 'grpc-message', 'grpc-status-details-bin'])
        if (some[name] !== undefined) told.set(name, String(some[name]));
    };
    stream.on('response', note).on('trailers', note).resume();
    await once(stream, 'close');
    return told;
  }

  it('tells a client that its message is none', async () => {
    const error = findTrailerError(await trailersOf(Buffer.from([0xff, 0xff, 0xff, 0xff])));
    expect(error?.code).toBe(Code.InvalidArgument);
    expect(error?.findDetails(ErrorInfoSchema)).toMatchObject([{ errorCode: 'VALIDATION' }]);
  });

  it('keeps nothing of what strangers send, and looks at no message of theirs', async () => {
    const told = await trailersOf(Buffer.from([0xff, 0xff, 0xff, 0xff]), { authorization: 'Bearer of bad news' });
    expect(told.get('grpc-status')).toBe(String(Code.Unauthenticated));
    // Far more than a message may have: whoever keeps it while it comes refuses it for that
    const huge = await trailersOf(Buffer.alloc(4 * MAX_REQUEST_BYTES), { authorization: 'Bearer of bad news' });
    expect(huge.get('grpc-status')).toBe(String(Code.Unauthenticated));
    const known = await trailersOf(Buffer.alloc(4 * MAX_REQUEST_BYTES));
    expect(known.get('grpc-status')).toBe(String(Code.ResourceExhausted));
  });

  it.each(['99999999H', '99999999M', '99999999S', '597H'])('takes a deadline of %s for none', async (timeout) => {
    handling = async (signal) => {
      // what Node makes of timers that are too long would be over by then
      await new Promise((resolve) => setTimeout(resolve, 5));
      signal.throwIfAborted();
    };
    expect((await trailersOf(new Uint8Array(), { 'grpc-timeout': timeout })).get('grpc-status')).toBe('0');
  });

  it('keeps a deadline that is one', async () => {
    handling = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const told = await trailersOf(new Uint8Array(), { 'grpc-timeout': '1m' });
    expect(told.get('grpc-status')).toBe(String(Code.DeadlineExceeded));
  });
});
