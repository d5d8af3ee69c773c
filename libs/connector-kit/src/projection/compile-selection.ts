import type { Json } from '#app/kernel';
import { isJsonObject, scalarText } from '../json/json-values.js';
import { parseJsonPath, valueAt, type JsonPath } from '../json/json-path.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { compileTemplate } from '../template/compile-template.js';
import type { Render, Scope } from '../template/scope.js';
import type { Variables } from '../template/variables.js';

/** Chooses elements of a list: an array of them, one alone, or null when one alone was wanted and none is there. */
export type Select = (list: readonly Json[], scope: Scope) => readonly Json[] | Json;

interface RawSelection {
  readonly $where: Json | undefined;
  readonly $take: Json | undefined;
}

/** Compiles `$where` (path in the element → value it must have) and `$take` (`first`, `last`, or `{ last: n }`). */
export function compileSelection(raw: RawSelection, variables: Variables, place: ManifestPlace): Select {
  const conditions = compileWhere(raw.$where ?? {}, variables, place.at('$where'));
  const take = compileTake(raw.$take, variables, place.at('$take'));
  return (list, scope) => take(conditions.length === 0 ? list : keepMatching(list, conditions, scope), scope);
}

type WhereClause = readonly [path: JsonPath, expected: Render];

function compileWhere(raw: Json, variables: Variables, place: ManifestPlace): WhereClause[] {
  if (!isJsonObject(raw)) throw place.error('$where needs an object.', 'Write { "$.author.type": admin }.');
  return Object.entries(raw).map(([key, expected]) => {
    const path = parseJsonPath(key);
    if (path === null) throw place.error(`“${key}” is not a path into the element.`, 'Write “$.author.id”.');
    return [path, compileTemplate(expected, variables, place.at(key))];
  });
}

function keepMatching(list: readonly Json[], clauses: readonly WhereClause[], scope: Scope): readonly Json[] {
  // As text: providers write the same id as a number here and as a string there. What is absent equals nothing.
  const wanted = clauses.map(([path, expected]) => [path, scalarText(expected(scope))] as const);
  return list.filter((item) =>
    wanted.every(([path, expected]) => expected !== null && scalarText(valueAt(item, path)) === expected),
  );
}

function compileTake(raw: Json | undefined, variables: Variables, place: ManifestPlace): Select {
  if (raw === undefined) return (list) => list;
  if (raw === 'first') return (list) => list[0] ?? null;
  if (raw === 'last') return (list) => list.at(-1) ?? null;
  const newest = isJsonObject(raw) ? raw.last : undefined;
  if (newest === undefined) throw place.error('$take has the wrong form.', 'Write first, last, or { last: 50 }.');
  const render = compileTemplate(newest, variables, place.at('last'));
  return (list, scope) => list.slice(-Math.max(1, Number(render(scope) ?? list.length)));
}
