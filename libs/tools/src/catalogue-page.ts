import { AppError } from '#app/kernel';

/** A page of a list that is in memory as a whole (the catalogue), so that it can be read in both directions. */
export interface CataloguePage<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** Empty on the first page. */
  readonly prevPageToken: string;
  readonly totalSize: number;
}

export interface CataloguePageRequest {
  /** 1 to 1000; 100 when absent. */
  readonly pageSize?: number | undefined;
  /** A token of a page beside this one; absent or empty for the first. */
  readonly pageToken?: string | undefined;
}

export const CATALOGUE_PAGE = { size: 100, most: 1000 } as const;

/** Cuts the page out. The token is the offset, opaque to callers. Throws `invalid_arguments`. */
export function pageOfCatalogue<T>(all: readonly T[], request: CataloguePageRequest): CataloguePage<T> {
  const size = request.pageSize ?? CATALOGUE_PAGE.size;
  if (!Number.isInteger(size) || size < 1 || size > CATALOGUE_PAGE.most)
    throw invalid('page_size', `must be a whole number from 1 to ${CATALOGUE_PAGE.most}`);
  const start = request.pageToken ? offsetOf(request.pageToken) : 0;
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
  throw invalid('page_token', 'is not a token of this list; leave it out for the first page');
}

const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_arguments', `${field}: ${message}`, { errors: [{ field, message }] });
