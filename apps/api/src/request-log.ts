import { type Logger, SafeFields } from '#app/observability';
import type { FastifyInstance } from 'fastify';
import { onceOver, statusOf } from './once-over.js';

export interface ServedRequest {
  readonly id: string;
  readonly method: string;
  /** The pattern, never the URL: connect links and OAuth codes are part of URLs. */
  readonly route: string;
  readonly status: number;
  /** What gRPC says in place of the status, which is 200 there. */
  readonly grpcStatus?: string | null;
  readonly ms: number;
}

/** What every answer carries, whichever server wrote it. */
export const commonHeaders = (requestId: string) => ({
  'x-request-id': requestId,
  'x-content-type-options': 'nosniff',
});

/** One line per request. */
export function logRequest(logger: Logger, { id, method, route, status, grpcStatus, ms }: ServedRequest): void {
  const fields = { request_id: id, method, route, status, ms: Math.round(ms) };
  logger.info(new SafeFields(grpcStatus == null ? fields : { ...fields, grpc_status: grpcStatus }), 'request');
}

export function addRequestLog(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(commonHeaders(request.id));
    const began = performance.now();
    // Fastify's own hook for the end of a request is not called for a caller who has gone
    onceOver(request.raw, reply.raw, () => {
      const { id, method, routeOptions } = request;
      const ms = performance.now() - began;
      logRequest(logger, { id, method, route: routeOptions.url ?? 'unknown', status: statusOf(reply.raw), ms });
    });
    done();
  });
}
