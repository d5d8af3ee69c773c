import { atEndOfTurn, newId } from '#app/kernel';
import type { Logger } from '#app/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RequestsUnderWay } from '../../drain.js';
import { statusOf } from '../../once-over.js';
import { commonHeaders, logRequest } from '../../request-log.js';
import type { Answer } from '../answer.js';
import { excessOf } from '../body-shape.js';
import { EXECUTE_PATH, type ExecuteRoute } from './execute.route.js';

export interface ExecuteServerParts {
  readonly route: ExecuteRoute;
  readonly logger: Logger;
  readonly underWay: RequestsUnderWay;
  readonly bodyLimit: number;
}

/**
 * Takes tool calls of the plainest form straight from Node's server: routing, hooks and plugins that are there for all other
 * routes would cost as much as the call itself. Whatever is out of the ordinary (another content type, no length, a body that is
 * too long, a server that closes) goes the common way, to the same {@link ExecuteRoute}, and is refused there.
 */
export class ExecuteServer {
  private readonly parse: ReturnType<FastifyInstance['getDefaultJsonParser']>;

  constructor(
    private readonly fastify: FastifyInstance,
    private readonly parts: ExecuteServerParts,
  ) {
    this.parse = fastify.getDefaultJsonParser('error', 'error');
  }

  takes({ method, url, headers }: IncomingMessage): boolean {
    if (url !== EXECUTE_PATH || method !== 'POST' || !this.fastify.server.listening) return false;
    const type = headers['content-type'];
    const length = Number(headers['content-length'] ?? 0);
    return (
      (type === 'application/json' || type === 'application/json; charset=utf-8') &&
      length > 0 &&
      length <= this.parts.bodyLimit &&
      headers.expect === undefined &&
      headers.host !== undefined
    );
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const id = newId('request');
    this.follow(id, request, response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => atEndOfTurn(() => void this.answer(id, request, response, textOf(chunks))));
  }

  private async answer(id: string, request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const { headers } = request;
    write(response, id, await this.parts.route.answer({ id, headers, body: () => this.read(request, text), response }));
  }

  /** As Fastify reads JSON, with the same limits and errors. */
  private read(request: IncomingMessage, text: string): unknown {
    let body: unknown;
    let refusal: Error | null | undefined;
    void this.parse(request as unknown as FastifyRequest, text, (error, parsed) => {
      refusal = error ?? excessOf(parsed, undefined);
      body = parsed;
    });
    if (refusal) throw refusal;
    return body;
  }

  /** From arrival to the end of the connection's part in it, whether it was answered or its caller has gone. */
  private follow(id: string, request: IncomingMessage, response: ServerResponse): void {
    const { logger, underWay } = this.parts;
    const began = performance.now();
    underWay.follow(request, response, () => {
      const ms = performance.now() - began;
      logRequest(logger, { id, method: 'POST', route: EXECUTE_PATH, status: statusOf(response), ms });
    });
  }
}

/** Puts an {@link ExecuteServer} in front of Fastify. Once Fastify is ready. */
export function takeCallsFirst(fastify: FastifyInstance, parts: ExecuteServerParts): void {
  const calls = new ExecuteServer(fastify, parts);
  const others = fastify.server.listeners('request') as RequestListener[];
  fastify.server.removeAllListeners('request');
  fastify.server.on('request', (request, response) => {
    if (calls.takes(request)) calls.serve(request, response);
    else for (const listener of others) listener(request, response);
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only.toString() : Buffer.concat(chunks).toString();
}

function write(response: ServerResponse, id: string, { status, headers, text }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...commonHeaders(id), ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
