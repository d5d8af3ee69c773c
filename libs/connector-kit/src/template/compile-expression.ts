import type { Json } from '#app/kernel';
import { valueAt } from '../json/json-path.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { FILTERS, type FilterScope } from './filters.js';
import type { Render } from './scope.js';
import { UnusableValue } from './unusable-value.js';
import { namesOf, presenceOf, type Variables } from './variables.js';

type FilterCall = (value: Json, scope: FilterScope) => Json;

/** Applies `| a | b:1` to a value; a null passes untouched. */
export type FilterChain = (value: Json, scope: FilterScope) => Json;

const FILTER_CALL = /^([a-z_]+)(?::([^|]*))?$/;

/** Reads the filters behind a path. */
export function compileFilters(calls: readonly string[], place: ManifestPlace): FilterChain {
  const chain = calls.map((call) => compileFilter(call.trim(), place));
  return (value, scope) => {
    let current = value;
    for (const apply of chain) if (current !== null) current = apply(current, scope);
    return current;
  };
}

function compileFilter(call: string, place: ManifestPlace): FilterCall {
  const [, name = '', argument] = FILTER_CALL.exec(call) ?? [];
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (filter === undefined) {
    throw place.error(`“${call}” is not a filter.`, `Use one of ${Object.keys(FILTERS).join(', ')}.`);
  }
  if ((filter.argument === 'none') !== (argument === undefined)) {
    const wanted = filter.argument === 'none' ? `Write “${name}”.` : `Write “${name}:” and a ${filter.argument}.`;
    throw place.error(`The filter “${call}” has the wrong form.`, wanted);
  }
  if (filter.argument === 'number' && !/^\d{1,7}$/.test(argument ?? '')) {
    throw place.error(`“${call}” needs a number.`, `Write “${name}:280”, for example.`);
  }
  return (value, scope) => filter.apply(value, argument ?? '', scope);
}

const VARIABLE = /^[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)*$/;

export interface Expression {
  readonly variable: string;
  /** Is the value there on every call? */
  readonly always: boolean;
  readonly render: Render;
}

/** Compiles the inside of `${…}`: a variable and its filters. */
export function compileExpression(source: string, variables: Variables, place: ManifestPlace): Expression {
  const [variable = '', ...calls] = source.split('|').map((part) => part.trim());
  const path = variable.split('.');
  const presence = VARIABLE.test(variable) ? presenceOf(variables, path) : null;
  if (presence === null) {
    throw place.error(
      `There is no variable “${variable}” here.`,
      `Known are ${namesOf(variables).join(', ') || 'none'}.`,
    );
  }
  const filter = compileFilters(calls, place);
  return { variable, always: presence === 'always', render: (scope) => readVariable(scope, variable, path, filter) };
}

function readVariable(
  scope: Parameters<Render>[0],
  variable: string,
  path: readonly string[],
  filter: FilterChain,
): Json | undefined {
  const value = valueAt(scope, path) ?? null;
  if (value === null) return undefined;
  try {
    return filter(value, scope) ?? undefined;
  } catch (error) {
    if (error instanceof UnusableValue) throw new UnusableValue(error.message, variable);
    throw error;
  }
}
