import { AppError } from '#app/kernel';
import type { FastifyInstance } from 'fastify';
import type { Readable } from 'node:stream';

/** A megabyte comes in hundreds of pieces; in so many only when somebody means it to. */
const MOST_PIECES = 20_000;

/**
 * Ends requests whose body comes in crumbs. Each is kept as an object of its own until the body is whole, so that one within the
 * limit of bytes would take a hundred times as much memory. How many there are is the client's choice where a body is framed in
 * chunks: with a length, it takes a packet for each.
 */
export function refuseCrumbledBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', ({ raw }, _reply, payload, done) => {
    if (raw.headers['transfer-encoding'] !== undefined || raw.httpVersionMajor === 2) countPieces(payload);
    done(null, payload);
  });
}

function countPieces(body: Readable): void {
  let pieces = 0;
  body.on('data', () => {
    pieces += 1;
    if (pieces === MOST_PIECES) body.destroy(new AppError('invalid_arguments', 'The body comes in too many pieces.'));
  });
}
