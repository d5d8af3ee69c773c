import { parse, patch, stringify } from '@decimalturn/toml-patch';
import { same } from './same.js';
import type { Section } from '../clients/client.js';
import type { ConfigFormat } from './config-format.js';
import { isSection } from './merge-server.js';

export const tomlFormat: ConfigFormat = {
  parse: (text) => parse(text) as unknown,
  edit: (text, before, after) => appended(text, before, after) ?? patch(text, after),
  write: (config) => tables(config),
};

/**
 * With a new table at the end, as people write it; null where that would not say the same (the tables may stand in braces).
 * The library would write it into the line before the first table.
 */
function appended(text: string, before: Section, after: Section): string | null {
  const added = additions(before, after);
  if (added === null) return null;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text.trim() === '' ? '' : `${text.endsWith('\n') ? '' : eol}${eol}`;
  const longer = `${text}${gap}${tables(added).replaceAll('\n', eol)}`;
  try {
    return same(parse(longer), after) ? longer : null;
  } catch {
    return null;
  }
}

/** What was added of tables within tables; null when something else has changed too. */
function additions(before: Section, after: Section): Section | null {
  const added: Record<string, Section> = {};
  for (const [key, value] of Object.entries(after)) {
    const was = before[key] ?? {};
    if (same(before[key], value)) continue;
    if (!isSection(was) || !isSection(value)) return null;
    const fresh = Object.entries(value).filter(([name]) => !Object.hasOwn(was, name));
    added[key] = Object.fromEntries(fresh);
  }
  return added;
}

function tables(config: Section): string {
  return Object.entries(config)
    .flatMap(([key, within]) =>
      Object.entries(within as Section).map(([name, entry]) => `[${key}.${name}]\n${stringify(entry).trimEnd()}\n`),
    )
    .join('\n');
}
