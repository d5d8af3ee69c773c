import { isRecord } from './is-record.js';

type Data = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
const sizeOf = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

/**
 * A result as one JSON value of at most so many bytes. What has to go goes in this order: the ends of long texts, the ends of the
 * longest list, and last everything but the beginning. `truncated` says so to the model, and how to get the rest.
 */
export function cappedResult(data: Data, maxBytes: number): Data {
  if (sizeOf(data) <= maxBytes) return data;
  for (const longest of [2000, 500]) {
    const clipped = { ...(clip(data, longest) as Data), truncated: { hint: 'Long texts are cut; they end in "…".' } };
    if (sizeOf(clipped) <= maxBytes) return clipped;
    const shorter = shortenList(clipped, maxBytes);
    if (shorter !== null) return shorter;
  }
  return beginningOf(data, maxBytes);
}

/** Not half of a character that takes two. */
const beginning = (text: string, length: number): string => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');

function clip(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return value.length <= longest ? value : `${beginning(value, longest)}…`;
  if (Array.isArray(value)) return value.map((each) => clip(each, longest));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, clip(each, longest)]));
}

/** Null when not even one entry of the longest list fits. */
function shortenList(data: Data, maxBytes: number): Data | null {
  const lists = Object.entries(data).filter((each): each is [string, unknown[]] => Array.isArray(each[1]));
  const [longest] = lists.toSorted(([, a], [, b]) => sizeOf(b) - sizeOf(a));
  if (longest === undefined) return null;
  const [name, list] = longest;
  let [fits, fails] = [0, list.length];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (sizeOf(shortened(data, name, list, middle)) <= maxBytes) fits = middle;
    else fails = middle;
  }
  return fits === 0 ? null : shortened(data, name, list, fits);
}

/** Without the cursor: the page after this one begins behind entries that were not shown. */
function shortened(data: Data, name: string, list: readonly unknown[], count: number): Data {
  const { next_cursor: cursor, ...rest } = data;
  const page = cursor === undefined ? '' : ', which also brings a cursor for the rest';
  return {
    ...rest,
    [name]: list.slice(0, count),
    truncated: {
      list: name,
      shown: count,
      of: list.length,
      hint: `Too long to show. Call again with narrower filters, or with a limit of at most ${count}${page}.`,
    },
  };
}

function beginningOf(data: Data, maxBytes: number): Data {
  const hint = 'Too long to show: this is its beginning as text. Ask for less.';
  const text = JSON.stringify(data);
  let length = Math.min(text.length, maxBytes);
  for (;;) {
    const result = { truncated: { hint }, beginning: beginning(text, length) };
    if (length === 0 || sizeOf(result) <= maxBytes) return result;
    length = Math.floor(length * 0.8);
  }
}
