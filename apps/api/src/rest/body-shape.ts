import { AppError } from '#app/kernel';
import type { FastifyInstance } from 'fastify';

const MAX_DEPTH = 64;
/** Validation takes time with the square of the number of members: this many take milliseconds. */
const MAX_MEMBERS = 2_000;
const MAX_QUERY_MEMBERS = 200;

/** Refuses, before anything walks or validates them, bodies and queries whose shape alone would keep the process busy. */
export function refuseExcessiveShapes(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', ({ body, query }, _reply, done) => done(excessOf(shapeOf(body), query)));
}

/** Bytes that no parser has made anything of have none, however many they are. */
const shapeOf = (body: unknown): unknown => (Buffer.isBuffer(body) ? null : body);

/** The refusal of such a body or query. */
export function excessOf(body: unknown, query: unknown): AppError | undefined {
  if (isSmall(query) && isSmall(body)) return undefined;
  if (hasMoreMembersThan(MAX_QUERY_MEMBERS, query)) return tooMany('query', MAX_QUERY_MEMBERS);
  if (hasMoreMembersThan(MAX_MEMBERS, body)) return tooMany('body', MAX_MEMBERS);
  if (isDeeperThan(MAX_DEPTH, body))
    return new AppError('invalid_arguments', `The JSON of the body is nested more than ${MAX_DEPTH} levels deep.`);
  return undefined;
}

const SMALL_MEMBERS = 100;
const SMALL_DEPTH = 8;

/** Whether a JSON value is far from every limit: almost all are, and this is the cheapest way to see it. */
const isSmall = (json: unknown): boolean => leftAfter(json, SMALL_DEPTH, SMALL_MEMBERS) >= 0;

/** What a value leaves of a budget of members; negative when it has more of them, or more levels, than that. */
function leftAfter(json: unknown, levels: number, budget: number): number {
  if (typeof json !== 'object' || json === null) return budget;
  let left = levels === 0 ? -1 : budget;
  for (const name in json) {
    if (left < 0) break;
    left = leftAfter((json as Record<string, unknown>)[name], levels - 1, left - 1);
  }
  return left;
}

const tooMany = (part: string, most: number): AppError =>
  new AppError('invalid_arguments', `The ${part} has more than ${most} members. Send less at once.`);

/** Whether a JSON value has more levels of objects and lists than that. Walks level by level, never by recursion. */
export function isDeeperThan(levels: number, json: unknown): boolean {
  let level = containersOf([json]);
  for (let depth = 1; depth <= levels && level.length > 0; depth += 1)
    level = level.flatMap((container) => containersOf(Object.values(container)));
  return level.length > 0;
}

/** Whether all objects and lists of a JSON value together have more members than that. Stops counting there. */
export function hasMoreMembersThan(most: number, json: unknown): boolean {
  const waiting = containersOf([json]);
  let count = 0;
  for (let next = waiting.pop(); next !== undefined && count <= most; next = waiting.pop()) {
    const values = Object.values(next);
    count += values.length;
    // a container with too many members ends the search; its members need not be looked at
    if (count <= most) for (const inner of containersOf(values)) waiting.push(inner);
  }
  return count > most;
}

const containersOf = (values: readonly unknown[]): object[] =>
  values.filter((value): value is object => typeof value === 'object' && value !== null);
