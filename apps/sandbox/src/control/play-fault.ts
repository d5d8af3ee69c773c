import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, errorList, sendError } from '../api/errors.js';
import { rateLimitHeaders } from '../api/rate-limit.js';
import type { Fault } from './fault-list.js';

const HUGE_BYTES = 100 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

const GATEWAY_PAGE =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';

/** What a fault may need to know beyond the request. */
export interface FaultSurroundings {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The answer that would have been given, when the request took effect first. */
  readonly answer: string | null;
  /** Aborted when the sandbox closes, so that no answer is waited for. */
  readonly closing: AbortSignal;
}

/**
 * Spoils the answer to a request. Resolves to false when the request shall be handled as usual afterwards (`slow`);
 * otherwise the answer is given, or will never be.
 */
export async function playFault(
  fault: Fault,
  request: FastifyRequest,
  reply: FastifyReply,
  around: FaultSurroundings,
): Promise<boolean> {
  if (fault.kind === 'slow') {
    await pause(fault.ms ?? 1000, around.closing);
    return false;
  }
  if (fault.kind === 'hang') return hang(reply);
  if (fault.kind === 'reset') return reset(request, reply);
  if (fault.kind === 'truncate') return truncate(request, reply, around.answer);
  if (fault.kind === 'huge') return huge(reply, fault.bytes ?? HUGE_BYTES);
  answerBadly(fault, request, reply, around);
  return true;
}

function answerBadly(fault: Fault, request: FastifyRequest, reply: FastifyReply, around: FaultSurroundings): void {
  void reply.headers({ ...fault.headers });
  switch (fault.kind) {
    case 'html':
      void reply
        .code(fault.status ?? 502)
        .type('text/html; charset=utf-8')
        .send(GATEWAY_PAGE);
      return;
    case 'redirect':
      void reply
        .code(fault.status ?? 302)
        .header('location', fault.url ?? 'https://attacker.example/')
        .send('');
      return;
    case 'rate_limit':
      sendError(reply, rateLimited(around.now, fault.reset_seconds ?? 10));
      return;
    case 'echo_token':
      echoToken(request, reply, fault);
      return;
    case 'malformed_json':
      void reply
        .code(200)
        .type('application/json; charset=utf-8')
        .send('{"type": "conversation.list", "conversations": [}');
      return;
    case 'token_exchange_failure':
      sendError(
        reply,
        new ApiError(fault.status ?? 401, fault.code ?? 'unauthorized', fault.message ?? 'Unauthorized Code'),
      );
      return;
    default:
      answerWithStatus(fault, reply);
  }
}

function answerWithStatus(fault: Fault, reply: FastifyReply): void {
  const code = fault.status ?? 500;
  if (fault.body !== undefined) {
    void reply.code(code).type('application/json; charset=utf-8').send(textOf(fault.body));
    return;
  }
  sendError(reply, new ApiError(code, fault.code ?? usualCode(code), fault.message ?? `Status ${code}, as asked for`));
}

function usualCode(status: number): string {
  const codes: Readonly<Record<number, string>> = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    409: 'conflict',
    422: 'data_invalid',
    429: 'rate_limit_exceeded',
    503: 'service_unavailable',
    504: 'request_timeout',
  };
  return codes[status] ?? (status < 500 ? 'client_error' : 'server_error');
}

/** A badly behaved proxy repeats the credential it was sent; whoever logs or passes on that answer leaks it. */
function echoToken(request: FastifyRequest, reply: FastifyReply, fault: Fault): void {
  const echoed = request.headers.authorization ?? '';
  void reply.header('x-echo-authorization', echoed);
  const list = errorList('bad_request', `Request with Authorization: ${echoed} was refused`);
  void reply.code(fault.status ?? 400).send({ ...list, body: request.body ?? null });
}

function rateLimited(now: number, seconds: number): ApiError {
  const headers = rateLimitHeaders(1666, 0, Math.ceil(now / 1000) + seconds);
  return new ApiError(429, 'rate_limit_exceeded', 'Exceeded rate limit', null, headers);
}

function hang(reply: FastifyReply): true {
  reply.hijack();
  return true;
}

function reset(request: FastifyRequest, reply: FastifyReply): true {
  reply.hijack();
  request.raw.socket.resetAndDestroy();
  return true;
}

/** Promises more bytes than it sends, then cuts the connection. */
function truncate(request: FastifyRequest, reply: FastifyReply, answer: string | null): true {
  const whole = Buffer.from(
    answer ?? '{"type":"conversation.list","conversations":[{"type":"conversation","id":"2154730000',
  );
  const promised = answer === null ? whole.length * 2 : whole.length;
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': promised });
  reply.raw.write(whole.subarray(0, Math.ceil(whole.length / 2)), () => request.raw.socket.destroy());
  return true;
}

/** Valid JSON, far too much of it, and no length announced. */
function huge(reply: FastifyReply, bytes: number): true {
  const body = Readable.from(hugeJson(bytes));
  // Whoever refuses to read this much cuts the connection; that is not an error of the sandbox.
  body.on('error', () => undefined);
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  reply.raw.on('close', () => body.destroy());
  body.pipe(reply.raw);
  return true;
}

function* hugeJson(bytes: number): Generator<string> {
  const chunk = 'a'.repeat(CHUNK_BYTES);
  yield '{"type":"conversation.list","conversations":[],"filler":"';
  for (let sent = 0; sent < bytes; sent += CHUNK_BYTES) yield chunk;
  yield '"}';
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    closing.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
