import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Code, ConnectError, createContextKey, createContextValues, type ConnectRouter } from '@connectrpc/connect';
import { universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { AppError, newId, type RequestId } from '#app/kernel';
import type { Logger } from '#app/observability';
import type { UnderWay } from '../drain.js';
import { logRequest } from '../request-log.js';
import { isEndless } from './deadline.js';
import { toConnectError } from './rpc-errors.js';

type Handler = ConnectRouter['handlers'][number];
type Answer = Awaited<ReturnType<Handler>>;

export interface RpcServerParts {
  readonly logger: Logger;
  readonly underWay: UnderWay;
  /** What a caller is told before its message is read; null for one that is known. */
  readonly refusalOf: (id: RequestId, authorization: string | undefined) => Promise<ConnectError | null>;
}

/** The id under which a call is logged and recorded, as its handler finds it. */
export const REQUEST_ID = createContextKey<RequestId>(newId('request'), { description: 'request id' });

/** Lets handlers of RPCs answer what comes over HTTP/2: finds the handler, names the call, counts and logs it. */
export class RpcServer {
  private readonly handlers: ReadonlyMap<string, Handler>;

  constructor(
    handlers: readonly Handler[],
    private readonly parts: RpcServerParts,
  ) {
    this.handlers = new Map(handlers.map((handler) => [handler.requestPath, handler]));
  }

  serve(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const handler = this.handlers.get(request.url);
    const call: Call = { id: newId('request'), route: handler?.requestPath ?? 'unknown', response, grpcStatus: null };
    this.follow(call);
    this.answer(call, handler, request).then(
      (answer) => write(call, answer),
      (error: unknown) => this.fail(call, error),
    );
  }

  private async answer({ id }: Call, handler: Handler | undefined, request: Http2ServerRequest): Promise<Whole> {
    const answer = handler === undefined ? NO_SUCH_METHOD : await this.handled(id, handler, request);
    await discardRest(request);
    return answer;
  }

  /** Messages of strangers are not kept: a connection may have hundreds of them half said. */
  private async handled(id: RequestId, handler: Handler, request: Http2ServerRequest): Promise<Whole> {
    const refused = await this.parts.refusalOf(id, request.headers.authorization);
    if (refused !== null) return refusal(refused);
    const contextValues = createContextValues().set(REQUEST_ID, id);
    const call = universalRequestFromNodeRequest(request, undefined, contextValues);
    if (isEndless(call.header.get('grpc-timeout'))) call.header.delete('grpc-timeout');
    return whole(id, await handler({ ...call, body: chunksOf(request) }));
  }

  /** Errors of a call are answers. What comes here could not be read as one at all, or has nobody left to hear of it. */
  private fail(call: Call, error: unknown): void {
    const left = call.response.stream.destroyed;
    if (!left) this.parts.logger.error({ err: error, request_id: call.id }, 'A request failed unexpectedly');
    write(call, refusal(new ConnectError('The request could not be read.', Code.Internal)));
  }

  /** From arrival to the end of the stream, whether it was answered or its caller has gone. */
  private follow(call: Call): void {
    const { logger, underWay } = this.parts;
    const began = performance.now();
    underWay.began();
    call.response.stream.once('close', () => {
      underWay.ended();
      const { id, route, response, grpcStatus } = call;
      const ms = performance.now() - began;
      logRequest(logger, { id, method: 'POST', route, status: response.statusCode, grpcStatus, ms });
    });
  }
}

/** One request, and what it has been answered so far. */
interface Call {
  readonly id: RequestId;
  readonly route: string;
  readonly response: Http2ServerResponse;
  grpcStatus: string | null;
}

/** An answer of which nothing is to come any more. */
interface Whole {
  readonly status: number;
  readonly headers: Headers | undefined;
  readonly body: Uint8Array;
  readonly trailers: Headers | undefined;
}

/** Of a request: the same as a body may have. */
export const MAX_REQUEST_BYTES = 1024 * 1024;

const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

const GRPC = new Headers({ 'content-type': 'application/grpc' });

const refusal = (error: ConnectError): Whole => ({
  status: 200,
  headers: GRPC,
  body: new Uint8Array(),
  trailers: setTrailerStatus(new Headers(), error),
});

const NO_SUCH_METHOD = refusal(new ConnectError('There is no such method here.', Code.Unimplemented));

/** What has come of a body, without destroying the request where nobody wants the rest. */
const chunksOf = (request: Http2ServerRequest) =>
  request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;

/**
 * Node's own clients can't hear an answer as long as they have much to send: it would not fit into the memory of their connection.
 * So a message that is too large is read to its end, but for one that is out of all proportion.
 */
async function discardRest(request: Http2ServerRequest): Promise<void> {
  let left = MAX_DISCARDED_BYTES;
  if (request.readableEnded) return;
  for await (const chunk of chunksOf(request)) if ((left -= chunk.length) < 0) break;
}

/** The trailers are known once the body has been read. */
async function whole(id: RequestId, { status, header: headers, body, trailer: trailers }: Answer): Promise<Whole> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  const refused = trailers === undefined ? null : refusalOf(trailers);
  if (trailers !== undefined && refused !== null) setTrailerStatus(trailers, toConnectError(refused, id));
  return { status, headers, body: Buffer.concat(chunks), trailers };
}

/** What the library refuses by itself, of which nobody has made one of our errors yet: those have details. */
function refusalOf(trailers: Headers): AppError | null {
  if (trailers.has('grpc-status-details-bin')) return null;
  const status = trailers.get('grpc-status');
  if (status === String(Code.ResourceExhausted)) return tooLarge();
  const cannotRead = status === String(Code.Internal) && trailers.get('grpc-message')?.startsWith('parse%20binary');
  return cannotRead === true ? unreadable() : null;
}

const unreadable = (): AppError =>
  new AppError('invalid_arguments', 'The request is no message of this method, or is nested too deep.');

const tooLarge = (): AppError =>
  new AppError('payload_too_large', `A request may have ${MAX_REQUEST_BYTES} bytes at most. Send less, or in parts.`);

function write(call: Call, { status, headers, body, trailers }: Whole): void {
  const { id, response } = call;
  if (response.stream.destroyed) return;
  call.grpcStatus = trailers?.get('grpc-status') ?? null;
  response.writeHead(status, { ...Object.fromEntries(headers ?? []), 'x-request-id': id });
  if (trailers !== undefined) response.addTrailers(Object.fromEntries(trailers));
  response.end(body);
}
