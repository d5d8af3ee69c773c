import type { Json } from '#app/kernel';
import { isJsonList, isJsonObject, objectOf, textOf } from '../json/json-values.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { compileExpression } from './compile-expression.js';
import { compileCondition } from './conditions.js';
import type { Render, Scope } from './scope.js';
import type { Variables } from './variables.js';

const LONE_EXPRESSION = /^\$\{([^{}]*)\}$/;
const EXPRESSIONS = /\$\{([^{}]*)\}/g;
const CONTROL_WORDS = ['$if', '$switch', '$each', '$value', '$default'];

/**
 * Compiles a template once, when its manifest is loaded: a JSON value with `${variable | filter}` in its texts and the words
 * `$if`, `$switch` and `$each` in its objects. A text that is only `${…}` keeps the type of its value; what is absent drops its
 * key, and an object emptied that way drops its own.
 *
 * @throws ManifestError for a variable, filter or word that does not exist
 */
export function compileTemplate(raw: Json, variables: Variables, place: ManifestPlace): Render {
  if (typeof raw === 'string') return compileText(raw, variables, place);
  if (isJsonList(raw)) return compileArray(raw, variables, place);
  return isJsonObject(raw) ? compileObject(raw, variables, place) : () => raw;
}

/** Compiles a text; rendered, it is absent as soon as one of its variables is. */
export function compileText(raw: string, variables: Variables, place: ManifestPlace): Render {
  const lone = LONE_EXPRESSION.exec(raw);
  if (lone !== null) return compileExpression(lone[1] ?? '', variables, place).render;
  const parts = splitText(raw, variables, place);
  if (parts.every((part) => typeof part === 'string')) return () => raw;
  return (scope) => joinParts(parts, scope);
}

/** The literal and the variable parts of a text, in order. */
export function splitText(
  raw: string,
  variables: Variables,
  place: ManifestPlace,
): (string | ReturnType<typeof compileExpression>)[] {
  if (raw.replace(EXPRESSIONS, '').includes('${')) {
    throw place.error('A “${” is not closed, or has braces inside.', 'Write ${variable} or ${variable | filter}.');
  }
  return raw
    .split(EXPRESSIONS)
    .map((part, index) => (index % 2 === 0 ? part : compileExpression(part, variables, place)))
    .filter((part) => part !== '');
}

function joinParts(parts: ReturnType<typeof splitText>, scope: Scope): string | undefined {
  let text = '';
  for (const part of parts) {
    const value = typeof part === 'string' ? part : part.render(scope);
    if (value === undefined) return undefined;
    text += textOf(value);
  }
  return text;
}

function compileArray(raw: readonly Json[], variables: Variables, place: ManifestPlace): Render {
  const items = raw.map((item, index) => compileTemplate(item, variables, place.at(index)));
  return (scope) => items.map((item) => item(scope)).filter((item) => item !== undefined);
}

type RawObject = { readonly [key: string]: Json };

function compileObject(raw: RawObject, variables: Variables, place: ManifestPlace): Render {
  checkControlWords(raw, place);
  if (raw.$if !== undefined) return compileIf(raw, raw.$if, variables, place);
  if (raw.$each !== undefined) return compileEach(raw, variables, place);
  if (raw.$switch !== undefined) return compileSwitch(raw, variables, place);
  return compileFields(raw, variables, place);
}

function checkControlWords(raw: RawObject, place: ManifestPlace): void {
  const unknown = Object.keys(raw).find((key) => key.startsWith('$') && !CONTROL_WORDS.includes(key));
  if (unknown !== undefined) {
    throw place.error(`“${unknown}” is not a control word.`, 'Use $if, $switch or $each, with $value and $default.');
  }
}

/** What stands beside a control word: the object's other keys, or the one value under `$value`. */
function compileBody(raw: RawObject, word: string, variables: Variables, place: ManifestPlace): Render {
  const { [word]: _, ...rest } = raw;
  if (rest.$value === undefined) return compileObject(rest, variables, place);
  if (Object.keys(rest).length > 1) throw place.error('$value stands with other keys.', 'Leave either them or $value.');
  return compileTemplate(rest.$value, variables, place.at('$value'));
}

function compileFields(raw: RawObject, variables: Variables, place: ManifestPlace): Render {
  const misplaced = ['$value', '$default'].find((word) => raw[word] !== undefined);
  if (misplaced !== undefined)
    throw place.error(`${misplaced} stands alone.`, 'It belongs beside $if, $each or $switch.');
  const fields = Object.entries(raw).map(
    ([key, value]) => [key, compileTemplate(value, variables, place.at(key))] as const,
  );
  return (scope) => {
    const entries = fields.flatMap(([key, render]) => {
      const value = render(scope);
      return value === undefined ? [] : [[key, value] as const];
    });
    return entries.length === 0 && fields.length > 0 ? undefined : objectOf(entries);
  };
}

function compileIf(raw: RawObject, $if: Json, variables: Variables, place: ManifestPlace): Render {
  const condition = compileCondition($if, variables, place.at('$if'));
  const body = compileBody(raw, '$if', variables, place);
  return (scope) => (condition(scope) ? body(scope) : undefined);
}

function compileSwitch(raw: RawObject, variables: Variables, place: ManifestPlace): Render {
  const { $switch, $default, ...cases } = raw;
  if (typeof $switch !== 'string') throw place.error('$switch needs a variable.', 'Write $switch: args.name.');
  const { render } = compileExpression($switch, variables, place.at('$switch'));
  const branches = new Map(
    Object.entries(cases).map(([key, value]) => [key, compileTemplate(value, variables, place.at(key))]),
  );
  const otherwise: Render =
    $default === undefined ? () => undefined : compileTemplate($default, variables, place.at('$default'));
  return (scope) => (branches.get(textOf(render(scope))) ?? otherwise)(scope);
}

function compileEach(raw: RawObject, variables: Variables, place: ManifestPlace): Render {
  if (typeof raw.$each !== 'string') throw place.error('$each needs a variable.', 'Write $each: args.name.');
  const { render } = compileExpression(raw.$each, variables, place.at('$each'));
  const body = compileBody(raw, '$each', { ...variables, item: 'open' }, place);
  return (scope) => {
    const items = render(scope);
    if (!isJsonList(items)) return undefined;
    return items.map((item) => body({ ...scope, item })).filter((value) => value !== undefined);
  };
}
