import { invalid } from './oauth.errors.js';

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty at the end. */
  readonly nextPageToken: string;
  readonly totalSize: number;
}

export interface PageRequest {
  /** 1 to 100; 100 when absent. */
  readonly pageSize?: number | undefined;
  /** `nextPageToken` of the page before. */
  readonly pageToken?: string | undefined;
}

export const MAX_PAGE_SIZE = 100;

/** Lists run from the newest id to the oldest; the token names the last id of a page. */
export function readPageRequest({ pageSize, pageToken }: PageRequest): { limit: number; before: string | null } {
  const limit = pageSize ?? MAX_PAGE_SIZE;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE)
    throw invalid('page_size', `must be a whole number from 1 to ${MAX_PAGE_SIZE}`);
  if (pageToken === undefined || pageToken === '') return { limit, before: null };
  const before = Buffer.from(pageToken, 'base64url').toString('latin1');
  if (!/^[a-z]+_[0-9A-Z]{26}$/.test(before)) throw invalid('page_token', 'is not a page token of this list');
  return { limit, before };
}

/** Makes a page from up to `limit + 1` rows. */
export function toPage<T extends { readonly id: string }>(
  rows: readonly T[],
  limit: number,
  totalSize: number,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextPageToken: more ? Buffer.from(last.id, 'latin1').toString('base64url') : '', totalSize };
}
