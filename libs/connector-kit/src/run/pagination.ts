import type { JsonPath } from '../json/json-path.js';

/** Pagination by an opaque cursor, compiled. */
export interface Pagination {
  readonly in: 'body' | 'query';
  readonly param: string;
  readonly limit: string;
  readonly maxPerPage: number;
  readonly items: JsonPath;
  readonly next: JsonPath;
  readonly hasMore: JsonPath | null;
  readonly total: JsonPath | null;
}
