import { AppError } from '#app/kernel';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
  readonly prevPageToken: string;
  readonly totalSize: number;
}

/** A page of a list that is in memory as a whole (the catalogue). The token is the offset, opaque to callers. */
export function paginate<T>(all: readonly T[], size: number, token: string | undefined): Page<T> {
  const start = token ? offsetOf(token) : 0;
  const next = start + size;
  return {
    items: all.slice(start, next),
    nextPageToken: next < all.length ? tokenOf(next) : '',
    prevPageToken: start > 0 ? tokenOf(Math.max(0, start - size)) : '',
    totalSize: all.length,
  };
}

const tokenOf = (offset: number): string => Buffer.from(`o${offset}`).toString('base64url');

function offsetOf(token: string): number {
  const offset = /^o(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset !== undefined) return Number(offset);
  throw new AppError('invalid_arguments', 'page_token: is not a token of this list; leave it out for the first page', {
    errors: [{ field: 'page_token', message: 'is not a token of this list; leave it out for the first page' }],
  });
}
