import type { FastifyRequest } from 'fastify';
import type { McpCaller } from '../caller.js';

/** A request of this door, once the guard has let it in. */
export interface McpHttpRequest extends FastifyRequest {
  mcpCaller?: McpCaller;
  /** Whether all of its body had come before the guard was asked. */
  mcpWasWhole?: boolean;
}
