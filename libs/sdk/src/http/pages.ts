import { camelCased } from './camel-case.js';
import type { Query } from './query.js';
import type { CallOptions, Transport } from './transport.js';

/** A page that is on its way; or, by `for await`, every entry of all pages. */
export type Paged<Page, Item> = Promise<Page> & AsyncIterable<Item>;

interface Tokened {
  readonly nextPageToken: string;
}

/** Where a list begins and how large its pages are. */
export interface PageOptions extends CallOptions {
  /** How many entries a page has at most; each method says its bounds. */
  readonly pageSize?: number | undefined;
  /** `nextPageToken` of the page before; the first page if left out. */
  readonly pageToken?: string | undefined;
}

/** A list of the REST API. */
export function listed<Page extends Tokened, Item>(
  transport: Transport,
  path: string,
  query: Query,
  { pageSize, pageToken, signal, timeoutMs }: PageOptions,
  itemsOf: (page: Page) => readonly Item[],
): Paged<Page, Item> {
  const load = async (token: string | undefined): Promise<Page> => {
    const asked = { ...query, page_size: pageSize, page_token: token };
    return camelCased(await transport.json({ method: 'GET', path, query: asked, signal, timeoutMs })) as Page;
  };
  return paged(load, itemsOf, pageToken);
}

/** The first page, which is asked for at once; the following ones are asked for by an iteration only. */
function paged<Page extends Tokened, Item>(
  load: (pageToken: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
  first?: string,
): Paged<Page, Item> {
  const start = load(first);
  async function* all(): AsyncGenerator<Item, void, undefined> {
    for (let page = await start; ; page = await load(page.nextPageToken)) {
      yield* itemsOf(page);
      if (page.nextPageToken === '') return;
    }
  }
  return Object.assign(start, { [Symbol.asyncIterator]: all });
}
