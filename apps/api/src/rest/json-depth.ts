import { AppError } from '#app/kernel';
import type { FastifyInstance } from 'fastify';

const MAX_DEPTH = 64;

/** Refuses bodies that are nested so deeply that code which walks them by recursion would run out of stack. */
export function refuseDeepBodies(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', async ({ body }) => {
    if (isDeeperThan(MAX_DEPTH, body))
      throw new AppError('invalid_arguments', `The JSON of the body is nested more than ${MAX_DEPTH} levels deep.`);
  });
}

/** Whether a JSON value has more levels of objects and lists than that. Walks level by level, never by recursion. */
export function isDeeperThan(levels: number, json: unknown): boolean {
  let level = containersOf([json]);
  for (let depth = 1; depth <= levels && level.length > 0; depth += 1)
    level = level.flatMap((container) => containersOf(Object.values(container)));
  return level.length > 0;
}

const containersOf = (values: readonly unknown[]): object[] =>
  values.filter((value): value is object => typeof value === 'object' && value !== null);
