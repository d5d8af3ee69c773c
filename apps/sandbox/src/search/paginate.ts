import { createHash } from 'node:crypto';
import { ApiError, parameterInvalid } from '../api/errors.js';

export const MAX_PER_PAGE = 150;

export interface PageRequest {
  readonly perPage: number;
  readonly startingAfter: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly pages: {
    readonly type: 'pages';
    readonly page: number;
    readonly per_page: number;
    readonly total_pages: number;
    /** Absent on the last page. */
    readonly next?: { readonly per_page: number; readonly starting_after: string };
  };
}

export interface Order<T> {
  readonly key: (item: T) => number | string;
  readonly descending: boolean;
}

/** `[sort key, id, page, hash of the query]`, as base64: where the last page ended, and for which query. */
type Cursor = readonly [key: number | string, id: string, page: number, query: string];

/**
 * One page of `items` in the given order. A cursor points behind an item, not at a position, so that what is written between
 * two pages neither repeats nor hides an item; and it is worth nothing with another query.
 *
 * @param query everything that the result depends on, to bind the cursor to
 */
export function paginate<T extends { id: string }>(
  items: readonly T[],
  order: Order<T>,
  request: PageRequest,
  query: unknown,
): Page<T> {
  const hash = createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12);
  const cursor = request.startingAfter === null ? null : readCursor(request.startingAfter, hash);
  const sorted = items.toSorted((a, b) => compare(order, order.key(a), a.id, order.key(b), b.id));
  const rest =
    cursor === null
      ? sorted
      : sorted.filter((item) => compare(order, order.key(item), item.id, cursor[0], cursor[1]) > 0);
  const page = cursor === null ? 1 : cursor[2];
  const shown = rest.slice(0, request.perPage);
  const last = shown.at(-1);
  const next =
    last === undefined || rest.length <= shown.length ? null : ([order.key(last), last.id, page + 1, hash] as const);
  return {
    items: shown,
    total: items.length,
    pages: {
      type: 'pages',
      page,
      per_page: request.perPage,
      total_pages: Math.ceil(items.length / request.perPage),
      ...(next === null ? {} : { next: { per_page: request.perPage, starting_after: writeCursor(next) } }),
    },
  };
}

/** Reads `per_page` and `starting_after`, from a search body's `pagination` or from the query of a list. */
export function readPageRequest(perPage: unknown, startingAfter: unknown, usual: number): PageRequest {
  if (perPage !== undefined && (!Number.isInteger(perPage) || Number(perPage) < 1 || Number(perPage) > MAX_PER_PAGE)) {
    throw parameterInvalid(`per_page must be an integer from 1 to ${MAX_PER_PAGE}`, 'per_page');
  }
  if (startingAfter !== undefined && startingAfter !== null && typeof startingAfter !== 'string') throw badCursor();
  return { perPage: (perPage as number | undefined) ?? usual, startingAfter: startingAfter ?? null };
}

function compare<T>(order: Order<T>, keyA: number | string, idA: string, keyB: number | string, idB: string): number {
  const sign = order.descending ? -1 : 1;
  if (keyA !== keyB) return keyA < keyB ? -sign : sign;
  if (idA === idB) return 0;
  return idA < idB ? -sign : sign;
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64');
}

function readCursor(text: string, hash: string): Cursor {
  let cursor: unknown;
  try {
    cursor = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    throw badCursor();
  }
  if (!Array.isArray(cursor) || cursor.length !== 4 || cursor[3] !== hash) throw badCursor();
  return cursor as unknown as Cursor;
}

function badCursor(): ApiError {
  return new ApiError(
    400,
    'client_error',
    'Invalid starting_after param. Please try again using a starting_after value from a paginated response',
  );
}
