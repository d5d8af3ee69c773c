import type { Json } from '#app/kernel';
import { cleanJson } from '../json/clean-json.js';
import { parseJsonPath, valueAt, type JsonPath } from '../json/json-path.js';
import { isJsonList, isJsonObject, textOf } from '../json/json-values.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { compileFilters } from '../template/compile-expression.js';
import { compileText } from '../template/compile-template.js';
import type { Scope } from '../template/scope.js';
import type { Variables } from '../template/variables.js';
import { compileSelection } from './compile-selection.js';

/** Takes the named fields of a provider's answer. Every field is there in every result: what the answer lacks is null. */
export type Project = (source: Json, scope: Scope) => Json;

/** Texts without a clip filter of their own end here. */
const MAX_TEXT = 2000;

/**
 * Compiles a projection: `$.path | filter` reads the answer, `${args.x}` a variable; an object names fields; `$at` moves into a
 * part of the answer (null when it isn't there); `$each` maps a list, with `$where` and `$take` to choose among its elements.
 *
 * Whatever text comes out was written by strangers, so all of it is cleaned of invisible characters, redacted and clipped.
 *
 * @throws ManifestError for what is neither
 */
export function compileProjection(raw: Json, variables: Variables, place: ManifestPlace): Project {
  if (typeof raw === 'string') return compileLeaf(raw, variables, place);
  if (!isJsonObject(raw))
    throw place.error('This is not a projection.', 'Write “$.path”, “${variable}” or an object of these.');
  if (raw.$each !== undefined) return compileList(raw, variables, place);
  if (raw.$at !== undefined) return compileInner(raw, variables, place);
  return compileFields(raw, variables, place);
}

function compileLeaf(raw: string, variables: Variables, place: ManifestPlace): Project {
  if (raw.startsWith('${')) {
    const render = compileText(raw, variables, place);
    return (_, scope) => cleanJson(render(scope) ?? null, MAX_TEXT, scope.outlet);
  }
  const [source = '', ...calls] = raw.split('|');
  const path = pathOf(source.trim(), place);
  const filter = calls.length === 0 ? null : compileFilters(calls, place);
  const clipped = calls.some((call) => call.trim().startsWith('clip:'));
  return (answer, scope) => {
    const found = valueAt(answer, path) ?? null;
    const value = filter === null ? found : filter(found, scope);
    // A clipped text is longer than MAX_TEXT where its rule says so, but no filter behind the clip may undo the redaction
    if (clipped && typeof value === 'string') return scope.outlet.redact(value);
    return cleanJson(value, MAX_TEXT, scope.outlet);
  };
}

/** Reads a JSON path of a manifest. */
export function pathOf(text: Json | undefined, place: ManifestPlace): JsonPath {
  const path = typeof text === 'string' ? parseJsonPath(text) : null;
  if (path === null)
    throw place.error(`“${textOf(text)}” is not a path into the answer.`, 'Write “$.name” or “$.list.0.name”.');
  return path;
}

type RawObject = { readonly [key: string]: Json };

function compileFields(raw: RawObject, variables: Variables, place: ManifestPlace): Project {
  const word = Object.keys(raw).find((key) => key.startsWith('$'));
  if (word !== undefined)
    throw place.error(`“${word}” is not a word of projections.`, 'Use $each, $where, $take, $at, $value.');
  const fields = Object.entries(raw).map(
    ([key, value]) => [key, compileProjection(value, variables, place.at(key))] as const,
  );
  return (answer, scope) => {
    const result: Record<string, Json> = {};
    for (const [key, project] of fields) if (key !== '__proto__') result[key] = project(answer, scope);
    return result;
  };
}

function compileInner(raw: RawObject, variables: Variables, place: ManifestPlace): Project {
  const { $at, ...rest } = raw;
  const path = pathOf($at, place.at('$at'));
  const body = compileBody(rest, variables, place);
  return (answer, scope) => {
    const inner = valueAt(answer, path) ?? null;
    return inner === null ? null : body(inner, scope);
  };
}

function compileList(raw: RawObject, variables: Variables, place: ManifestPlace): Project {
  const { $each, $where, $take, ...rest } = raw;
  const path = pathOf($each, place.at('$each'));
  const select = compileSelection({ $where, $take }, variables, place);
  const body = compileBody(rest, variables, place);
  return (answer, scope) => {
    const list = valueAt(answer, path);
    // Chosen first, so that only what goes into the result is converted
    const chosen = select(isJsonList(list) ? list : [], scope);
    if (isJsonList(chosen))
      return chosen.slice(0, scope.outlet.admitElements(chosen.length)).map((item) => body(item, scope));
    return chosen === null ? null : body(chosen, scope);
  };
}

/** Of one element: its fields, or the one value under `$value`. */
function compileBody(rest: RawObject, variables: Variables, place: ManifestPlace): Project {
  if (rest.$value === undefined) return compileFields(rest, variables, place);
  if (Object.keys(rest).length > 1) throw place.error('$value stands with other keys.', 'Leave either them or $value.');
  return compileProjection(rest.$value, variables, place.at('$value'));
}
