import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** A refusal as Intercom words it. Codes and messages are those of its API description where it has one. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface ErrorList {
  readonly type: 'error.list';
  readonly request_id: string;
  readonly errors: readonly { code: string; message: string; field?: string }[];
}

export function errorList(code: string, message: string, field: string | null = null): ErrorList {
  const error = { code, message, ...(field === null ? {} : { field }) };
  return { type: 'error.list', request_id: randomUUID(), errors: [error] };
}

export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  const list = errorList(error.code, error.message, error.field);
  return reply.code(error.status).headers(error.headers).header('x-request-id', list.request_id).send(list);
}

export const parameterInvalid = (message: string, field: string | null = null): ApiError =>
  new ApiError(400, 'parameter_invalid', message, field);

export const parameterMissing = (field: string): ApiError =>
  new ApiError(400, 'parameter_not_found', `${field} is a required parameter`, field);

export const notFound = (message = 'Resource Not Found'): ApiError => new ApiError(404, 'not_found', message);

/** Turns whatever a route threw into an {@link ApiError}; Fastify's own errors carry a status. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode === 413) return new ApiError(413, 'client_error', 'The request body is too large');
  if (statusCode !== undefined && statusCode < 500) return new ApiError(400, 'bad_request', message ?? 'Bad request');
  return new ApiError(500, 'server_error', `The sandbox failed: ${message ?? 'unknown error'}`);
}
