import { badPage } from './identity.errors.js';

export interface PageRequest {
  /** 1 to 100; 30 when absent. */
  readonly pageSize?: number | undefined;
  /** `nextPageToken` of the page before. */
  readonly pageToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

const DEFAULT_SIZE = 30;
const LARGEST_SIZE = 100;
/** An id of any kind that has a list here. */
const ID = /^[a-z]{2,4}_[\w-]{1,28}$/;

/** Lists run by id; a page token names the last id of the page before. */
export function readPageRequest({ pageSize = DEFAULT_SIZE, pageToken = '' }: PageRequest): {
  limit: number;
  after: string | null;
} {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > LARGEST_SIZE)
    throw badPage('page_size', `must be a whole number from 1 to ${LARGEST_SIZE}`);
  if (pageToken === '') return { limit: pageSize, after: null };
  const after = Buffer.from(pageToken, 'base64url').toString('latin1');
  if (!ID.test(after)) throw badPage('page_token', 'is not a page token of this list');
  return { limit: pageSize, after };
}

/** Makes a page from up to `limit + 1` rows. */
export function toPage<T extends { readonly id: string }>(rows: readonly T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextPageToken: more ? Buffer.from(last.id, 'latin1').toString('base64url') : '' };
}
