import { pathOf } from '../projection/compile-projection.js';
import type { Pagination } from '../run/pagination.js';
import type { PaginationManifest, ToolManifest } from './manifest.js';
import type { ManifestPlace } from './manifest-error.js';

/** Compiles the pagination that a tool names, and checks that its input has what paging needs. */
export function compilePagination(
  tool: ToolManifest,
  known: Readonly<Record<string, PaginationManifest>>,
  place: ManifestPlace,
): Pagination {
  const raw = tool.paginate !== undefined && Object.hasOwn(known, tool.paginate) ? known[tool.paginate] : undefined;
  if (raw === undefined) {
    throw place
      .at('paginate')
      .error('A list needs a pagination.', `Use one of ${Object.keys(known).join(', ') || 'none declared'}.`);
  }
  checkInput(tool, place.at('input', 'properties'));
  return {
    in: raw.in,
    param: raw.param,
    limit: raw.limit,
    maxPerPage: raw.maxPerPage,
    items: pathOf(raw.items, place),
    next: pathOf(raw.next, place),
    hasMore: raw.hasMore === undefined ? null : pathOf(raw.hasMore, place),
    total: raw.total === undefined ? null : pathOf(raw.total, place),
  };
}

function checkInput({ input }: ToolManifest, place: ManifestPlace): void {
  const { limit, cursor } = input.properties ?? {};
  const bounded = typeof limit?.default === 'number' && limit.maximum !== undefined && limit.minimum === 1;
  if (limit?.type !== 'integer' || !bounded) {
    throw place
      .at('limit')
      .error('Paging needs a limit.', 'Declare an integer with minimum 1, a maximum and a default.');
  }
  if (cursor?.type !== 'string') throw place.at('cursor').error('Paging needs a cursor.', 'Declare a string.');
}
