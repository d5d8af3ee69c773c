import type { FastifyRequest } from 'fastify';
import { parameterInvalid } from './errors.js';

export type Fields = Readonly<Record<string, unknown>>;

export function queryOf(request: FastifyRequest): Fields {
  return request.query as Fields;
}

export function parametersOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return request.params as Readonly<Record<string, string>>;
}

/** The JSON body, which must be an object. */
export function bodyOf(request: FastifyRequest): Fields {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw parameterInvalid('The body must be a JSON object');
  return body as Fields;
}

/** A whole number of the query string; undefined when it is not there. */
export function integerParameter(query: Fields, name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text))
    throw parameterInvalid(`${name} must be a positive integer`, name);
  return Number(text);
}
