import { ApiError, parameterInvalid, parameterMissing } from '../api/errors.js';
import { OPERATORS, type FieldType, type Operator, type SearchDialect, type SearchField } from './dialect.js';
import { matcher, type FilterValue, type Scalar } from './matcher.js';

const MAX_FILTERS = 15;
const MAX_DEPTH = 2;

export type Predicate<T> = (item: T) => boolean;

interface Scope<T> {
  readonly dialect: SearchDialect<T>;
  /** Time zone of the workspace, for dates that are compared by day. */
  readonly timezone: string;
}

/**
 * Reads a search query and returns the test it stands for. As strict as Intercom's description: a query that it does not
 * allow is refused, also where the real service is said to be more lenient.
 */
export function compileQuery<T>(query: unknown, dialect: SearchDialect<T>, timezone: string): Predicate<T> {
  if (query === undefined || query === null) throw parameterMissing('query');
  return compile(query, { dialect, timezone }, 1);
}

function compile<T>(node: unknown, scope: Scope<T>, depth: number): Predicate<T> {
  if (typeof node !== 'object' || node === null || Array.isArray(node))
    throw parameterInvalid('query must be an object', 'query');
  const { operator } = node as { operator?: unknown };
  return operator === 'AND' || operator === 'OR'
    ? compileGroup(operator, (node as { value?: unknown }).value, scope, depth)
    : compileFilter(node as Readonly<Record<string, unknown>>, scope);
}

function compileGroup<T>(operator: 'AND' | 'OR', value: unknown, scope: Scope<T>, depth: number): Predicate<T> {
  if (depth > MAX_DEPTH) throw parameterInvalid(`Filters can be nested ${MAX_DEPTH} levels deep, not more`, 'query');
  if (!Array.isArray(value) || value.length === 0) {
    throw parameterInvalid(`The value of ${operator} must be an array with at least one filter`, 'query');
  }
  if (value.length > MAX_FILTERS) throw parameterInvalid(`${operator} takes at most ${MAX_FILTERS} filters`, 'query');
  const groups = value.filter((node) => isGroup(node)).length;
  if (groups > 0 && groups < value.length) {
    throw parameterInvalid(`${operator} takes filters or groups, not both: wrap the lone filter in a group`, 'query');
  }
  const tests = value.map((node) => compile(node, scope, depth + 1));
  return operator === 'AND' ? (item) => tests.every((test) => test(item)) : (item) => tests.some((test) => test(item));
}

function isGroup(node: unknown): boolean {
  const operator = (node as { operator?: unknown } | null)?.operator;
  return operator === 'AND' || operator === 'OR';
}

function compileFilter<T>(node: Readonly<Record<string, unknown>>, { dialect, timezone }: Scope<T>): Predicate<T> {
  const { field: name, operator, value } = node;
  if (typeof name !== 'string') throw parameterMissing('field');
  const field = dialect.field(name);
  if (field === null) throw new ApiError(400, 'invalid_field', `${name} is not a field that can be searched`, name);
  checkOperator(name, operator, field, dialect);
  checkValue(name, operator, value, field.type);
  const test = matcher(field, operator, value, { byDay: dialect.dates === 'day', timezone });
  return (item) => test(field.get(item));
}

function checkOperator<T>(
  name: string,
  operator: unknown,
  field: SearchField<T>,
  dialect: SearchDialect<T>,
): asserts operator is Operator {
  if (!OPERATORS.includes(operator as Operator))
    throw parameterInvalid(`The operator of ${name} is missing or unknown`, name);
  const allowed = field.operators ?? dialect.operators[field.type];
  if (!allowed.includes(operator as Operator)) {
    throw parameterInvalid(
      `${name} (${field.type}) cannot be searched with ${String(operator)}; use ${allowed.join(' ')}`,
      name,
    );
  }
}

function checkValue(name: string, operator: Operator, value: unknown, type: FieldType): asserts value is FilterValue {
  if (operator !== 'IN' && operator !== 'NIN') {
    // The schema lets a value be null: "is not set", which only equality can ask.
    if (value === null && (operator === '=' || operator === '!=')) return;
    if (!isScalar(value, type)) throw parameterInvalid(`The value of ${name} must be ${article(type)}`, name);
    return;
  }
  if (!Array.isArray(value) || value.length === 0)
    throw parameterInvalid(`${operator} on ${name} needs an array of values`, name);
  // IN is called a shortcut for OR, which takes fifteen filters.
  if (value.length > MAX_FILTERS)
    throw parameterInvalid(`${operator} on ${name} takes at most ${MAX_FILTERS} values`, name);
  if (!value.every((item) => isScalar(item, type)))
    throw parameterInvalid(`Every value of ${name} must be ${article(type)}`, name);
}

function isScalar(value: unknown, type: FieldType): value is Scalar {
  if (type === 'string') return typeof value === 'string';
  if (type === 'boolean') return typeof value === 'boolean';
  return Number.isSafeInteger(value);
}

function article(type: FieldType): string {
  return {
    string: 'a string',
    integer: 'an integer',
    boolean: 'a boolean',
    date: 'a time in epoch seconds (an integer)',
  }[type];
}
