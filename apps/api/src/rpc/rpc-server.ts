import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Code, ConnectError, createContextKey, createContextValues, type ConnectRouter } from '@connectrpc/connect';
import { universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { newId, type RequestId } from '#app/kernel';
import type { Logger } from '#app/observability';
import type { UnderWay } from '../drain.js';
import { logRequest } from '../request-log.js';

type Handler = ConnectRouter['handlers'][number];
type Answer = Awaited<ReturnType<Handler>>;

export interface RpcServerParts {
  readonly logger: Logger;
  readonly underWay: UnderWay;
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
    const id = newId('request');
    const handler = this.handlers.get(request.url);
    this.follow(id, handler?.requestPath ?? 'unknown', response);
    this.answer(id, handler, request).then(
      (answer) => write(response, answer),
      (error: unknown) => this.fail(id, response, error),
    );
  }

  private async answer(id: RequestId, handler: Handler | undefined, request: Http2ServerRequest): Promise<Whole> {
    if (handler === undefined) return NO_SUCH_METHOD;
    const contextValues = createContextValues().set(REQUEST_ID, id);
    return whole(await handler(universalRequestFromNodeRequest(request, undefined, contextValues)));
  }

  /** Errors of a call are answers. What comes here could not be read as one at all, or has nobody left to hear of it. */
  private fail(id: RequestId, response: Http2ServerResponse, error: unknown): void {
    const left = response.stream.destroyed;
    if (!left) this.parts.logger.error({ err: error, request_id: id }, 'A request failed unexpectedly');
    write(response, refusal(Code.Internal, 'The request could not be read.'));
  }

  /** From arrival to the end of the stream, whether it was answered or its caller has gone. */
  private follow(id: RequestId, route: string, response: Http2ServerResponse): void {
    const { logger, underWay } = this.parts;
    const began = performance.now();
    underWay.began();
    response.stream.once('close', () => {
      underWay.ended();
      const ms = performance.now() - began;
      logRequest(logger, { id, method: 'POST', route, status: response.statusCode, ms });
    });
  }
}

/** An answer of which nothing is to come any more. */
interface Whole {
  readonly status: number;
  readonly headers: Headers | undefined;
  readonly body: Uint8Array;
  readonly trailers: Headers | undefined;
}

const GRPC = new Headers({ 'content-type': 'application/grpc' });

const refusal = (code: Code, message: string): Whole => ({
  status: 200,
  headers: GRPC,
  body: new Uint8Array(),
  trailers: setTrailerStatus(new Headers(), new ConnectError(message, code)),
});

const NO_SUCH_METHOD = refusal(Code.Unimplemented, 'There is no such method here.');

/** The trailers are known once the body has been read. */
async function whole(answer: Answer): Promise<Whole> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body ?? []) chunks.push(chunk);
  return { status: answer.status, headers: answer.header, body: Buffer.concat(chunks), trailers: answer.trailer };
}

function write(response: Http2ServerResponse, { status, headers, body, trailers }: Whole): void {
  if (response.stream.destroyed) return;
  response.writeHead(status, Object.fromEntries(headers ?? []));
  if (trailers !== undefined) response.addTrailers(Object.fromEntries(trailers));
  response.end(body);
}
