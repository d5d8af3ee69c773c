/** A page that is on its way; or, by `for await`, every entry of all pages. */
export type Paged<Page, Item> = Promise<Page> & AsyncIterable<Item>;

interface Tokened {
  readonly nextPageToken: string;
}

/** The first page, which is asked for at once; the following ones are asked for by an iteration only. */
export function paged<Page extends Tokened, Item>(
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
