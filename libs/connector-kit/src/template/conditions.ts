import type { Json } from '#app/kernel';
import { isJsonList, isJsonObject } from '../json/json-values.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { compileExpression } from './compile-expression.js';
import type { Render, Scope } from './scope.js';
import type { Variables } from './variables.js';

export type Condition = (scope: Scope) => boolean;

const HOW_TO =
  'Write a variable (true when it is there and not false), { eq: [variable, value] }, or { all: […] }, { any: […] }, { none: […] } of these.';

/** Compiles the condition of `$if` and `when`. */
export function compileCondition(raw: Json, variables: Variables, place: ManifestPlace): Condition {
  if (typeof raw === 'string') return isSet(compileExpression(raw, variables, place).render);
  const [[word, operands] = ['', null], ...more] = isJsonObject(raw) ? Object.entries(raw) : [];
  if (more.length > 0 || !isJsonList(operands)) throw place.error('This is not a condition.', HOW_TO);
  if (word === 'eq') return compileEquals(operands, variables, place);
  const parts = operands.map((part, index) => compileCondition(part, variables, place.at(word, index)));
  if (word === 'all') return (scope) => parts.every((part) => part(scope));
  if (word === 'any') return (scope) => parts.some((part) => part(scope));
  if (word === 'none') return (scope) => !parts.some((part) => part(scope));
  throw place.error(`“${word}” is not a condition.`, HOW_TO);
}

function isSet(render: Render): Condition {
  return (scope) => (render(scope) ?? false) !== false;
}

function compileEquals(operands: readonly Json[], variables: Variables, place: ManifestPlace): Condition {
  const [variable, expected] = operands;
  if (operands.length !== 2 || typeof variable !== 'string') throw place.error('This is not a comparison.', HOW_TO);
  const { render } = compileExpression(variable, variables, place.at('eq'));
  return (scope) => (render(scope) ?? null) === expected;
}
