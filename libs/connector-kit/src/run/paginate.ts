import type { Json, JsonObject } from '#app/kernel';
import type { Connector } from '../connector.js';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { describeFailure } from '../failure/describe-failure.js';
import type { Answer } from '../failure/read-answer.js';
import { valueAt } from '../json/json-path.js';
import { isJsonList, textOf, withValueAt } from '../json/json-values.js';
import { cleanText } from '../text/clean-text.js';
import type { Redact } from '../text/text-outlet.js';
import type { Pagination } from './pagination.js';
import type { ProviderSession } from './provider-session.js';
import type { RequestDraft, RequestPlan } from './request-plan.js';

export interface Collected {
  readonly items: readonly Json[];
  /** Continues after the last item; null on the last page. */
  readonly nextCursor: string | null;
  /** Size of the whole result, as the provider counts it; null when it doesn't. */
  readonly total: number | null;
  readonly status: number;
}

/** Ends a call against a provider that sends ever more pages with ever fewer items. */
const MAX_PAGES = 20;
const MAX_CURSOR_LENGTH = 10_000;

/**
 * Collects pages until there are `limit` items or no more. A page is never asked to hold more than is still wanted, so that the
 * cursor continues exactly where the result ends. What a page holds beyond that is left out: the caller counts on its limit.
 */
export async function collectPages(
  session: ProviderSession,
  connector: Connector,
  plan: RequestPlan,
  draft: RequestDraft,
  pagination: Pagination,
  args: JsonObject,
): Promise<Collected> {
  const limit = Number(args.limit);
  const items: Json[] = [];
  let cursor = typeof args.cursor === 'string' ? args.cursor : null;
  for (let page = 1; ; page++) {
    const size = Math.min(limit - items.length, pagination.maxPerPage);
    const answer = await session.call(plan, turnPage(draft, pagination, size, cursor));
    // One by one: the list is as long as the provider likes, and arguments of a call go onto the stack.
    for (const item of itemsOf(answer, pagination, connector).slice(0, size)) items.push(item);
    const next = nextCursorOf(answer, pagination, session.outlet.redact);
    // A cursor that comes back unchanged would go round for ever.
    const nextCursor = next === cursor ? null : next;
    if (nextCursor === null || items.length >= limit || page === MAX_PAGES) {
      return { items, nextCursor, total: totalOf(answer, pagination), status: answer.status };
    }
    cursor = nextCursor;
  }
}

function turnPage(draft: RequestDraft, pagination: Pagination, size: number, cursor: string | null): RequestDraft {
  const fields: [string, Json][] = [[pagination.limit, size]];
  if (cursor !== null) fields.push([pagination.param, cursor]);
  if (pagination.in === 'query') {
    return { ...draft, query: [...draft.query, ...fields.map(([name, value]) => [name, textOf(value)] as const)] };
  }
  const body = fields.reduce((whole, [name, value]) => withValueAt(whole, name.split('.'), value), draft.body);
  return { ...draft, body };
}

function itemsOf(answer: Answer, { items }: Pagination, connector: Connector): readonly Json[] {
  const list = valueAt(answer.body, items);
  if (isJsonList(list)) return list;
  throw new ConnectorFailure(
    'provider_error',
    `${describeFailure('provider_error', connector.name)} Its answer holds no list where one was expected.`,
    { upstreamStatus: answer.status },
  );
}

/** A cursor that a caller can send back, letter by letter; one that holds the credential is none. */
function nextCursorOf(answer: Answer, { next, hasMore }: Pagination, redact: Redact): string | null {
  // Some providers send a cursor on the last page too; what they say outright wins.
  if (hasMore !== null && valueAt(answer.body, hasMore) === false) return null;
  const cursor = valueAt(answer.body, next);
  if (typeof cursor === 'number') return String(cursor);
  const usable = typeof cursor === 'string' && cursor !== '' && cursor.length <= MAX_CURSOR_LENGTH;
  return usable && redact(cleanText(cursor)) === cursor ? cursor : null;
}

function totalOf(answer: Answer, { total }: Pagination): number | null {
  const count = total === null ? null : valueAt(answer.body, total);
  return typeof count === 'number' ? count : null;
}
