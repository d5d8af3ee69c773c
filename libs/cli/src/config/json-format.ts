import { applyEdits, modify, parse, printParseErrorCode, type JSONPath, type ParseError } from 'jsonc-parser';
import { same } from './same.js';
import type { Section } from '../clients/client.js';
import type { ConfigFormat } from './config-format.js';
import { isSection } from './merge-server.js';

/** JSON as editors keep it: with comments and commas at the end of a list. */
export const jsonFormat: ConfigFormat = {
  parse(text) {
    const errors: ParseError[] = [];
    const value: unknown = parse(text, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first === undefined) return value;
    const line = text.slice(0, first.offset).split('\n').length;
    throw new Error(`${printParseErrorCode(first.error)} in line ${line}`);
  },
  edit(text, before, after) {
    const formattingOptions = layoutOf(text);
    return changes(before, after).reduce(
      (now, { path, value, insert }) =>
        applyEdits(now, modify(now, path, value, { formattingOptions, isArrayInsertion: insert })),
      text,
    );
  },
  write: (config) => `${JSON.stringify(config, null, 2)}\n`,
};

interface Change {
  readonly path: JSONPath;
  readonly value: unknown;
  readonly insert: boolean;
}

/** The smallest changes: what is the same is not written anew, so that the comments in it stay. */
function changes(before: Section, after: Section, path: JSONPath = []): Change[] {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [
    ...gone.map((key) => ({ path: [...path, key], value: undefined, insert: false })),
    ...Object.entries(after).flatMap(([key, value]) => change(before[key], value, [...path, key])),
  ];
}

function change(before: unknown, after: unknown, path: JSONPath): Change[] {
  if (same(before, after)) return [];
  if (isSection(before) && isSection(after)) return changes(before, after, path);
  const added = additions(before, after);
  if (added === null) return [{ path, value: after, insert: false }];
  const { length } = before as unknown[];
  return added.map((value, index) => ({ path: [...path, length + index], value, insert: true }));
}

/** What a list has gained at its end; null when it has changed in another way. */
function additions(before: unknown, after: unknown): unknown[] | null {
  if (!Array.isArray(before) || !Array.isArray(after)) return null;
  return same(after.slice(0, before.length), before) ? after.slice(before.length) : null;
}

function layoutOf(text: string): { tabSize: number; insertSpaces: boolean; eol: string } {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  return {
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    insertSpaces: !indent.startsWith('\t'),
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
