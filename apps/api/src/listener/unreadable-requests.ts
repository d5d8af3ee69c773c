import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, newId } from '#app/kernel';
import type { Logger } from '#app/observability';
import type { FastifyInstance } from 'fastify';
import { commonHeaders, logRequest } from '../request-log.js';
import { PROBLEM_TYPE, toProblem } from '../rest/problem.js';

/** The response that a connection is at is known to Node's servers by this name, and to nobody by another. */
type ServerSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers what Node's server can't make a request of: it arrives nowhere, so nothing but the connection is left to answer on. One on
 * which an earlier request is under way is closed in silence, or its client would take this for the answer to that.
 */
export function answerUnreadable(logger: Logger): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const refusal = refusalOf(error);
    if (refusal === null || !mayAnswer(socket)) {
      socket.destroy();
      return;
    }
    const id = newId('request');
    socket.write(answerOf(refusal, id));
    socket.destroySoon();
    logRequest(logger, { id, method: 'unknown', route: 'unknown', status: refusal.status, ms: 0 });
  };
}

/** HTTP/1.1 demands of requests that they name a host (RFC 9112, section 3.2). */
export function refuseNameless(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    const nameless = raw.httpVersion === '1.1' && raw.headers.host === undefined;
    done(nameless ? new AppError('invalid_arguments', 'The request has no Host header.') : undefined);
  });
}

/** Null for what is no fault of a request: a connection that broke, a handshake that failed. */
function refusalOf(error: Error): AppError | null {
  const code = String((error as NodeJS.ErrnoException).code);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new AppError('request_incomplete', 'The request did not arrive to its end in time. Send it again.');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new AppError('headers_too_large', 'The headers of the request are larger than 16 KiB together.');
  return code.startsWith('HPE_') ? new AppError('invalid_arguments', 'This is no request of HTTP/1.1.') : null;
}

/** As long as nothing was said about the request that is at fault, and no other one is waited for. */
function mayAnswer({ writable, _httpMessage: current }: ServerSocket): boolean {
  return writable && (current == null || !(current.req.complete || current.headersSent));
}

function answerOf(refusal: AppError, requestId: string): string {
  const body = JSON.stringify(toProblem(refusal, requestId));
  const headers = {
    ...commonHeaders(requestId),
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`;
}
