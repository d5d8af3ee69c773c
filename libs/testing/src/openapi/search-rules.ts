import type { OpenApiOperation } from './description.js';

type Node = Readonly<Record<string, unknown>>;

interface SearchRules {
  readonly fields: readonly { readonly name: RegExp; readonly type: string }[];
  readonly operators: ReadonlyMap<string, string>;
  readonly maxDepth: number;
  readonly maxFilters: number;
}

/** Said in the text below the tables of contact search; the operator table alone would allow more. */
const NARROWER: Readonly<Record<string, readonly string[]>> = { tag_id: ['=', '!='] };

/**
 * Holds a search query against what the operation's text says: its tables of accepted fields and operators, and its limits.
 * The schema alone lets any field, any operator and any type pass.
 */
export function checkSearchQuery(operation: OpenApiOperation, body: unknown): string[] {
  const rules = readRules(operation.description ?? '');
  const query = (body as { query?: unknown } | null)?.query;
  if (rules === null || typeof query !== 'object' || query === null) return [];
  return checkNode(query as Node, rules, 1, 'body/query');
}

function checkNode(node: Node, rules: SearchRules, depth: number, where: string): string[] {
  if (node.operator !== 'AND' && node.operator !== 'OR') return checkFilter(node, rules, where);
  const children = Array.isArray(node.value) ? (node.value as Node[]) : [];
  return [
    ...(depth > rules.maxDepth ? [`${where} is nested deeper than ${rules.maxDepth} levels`] : []),
    ...(children.length === 0 ? [`${where} has no filters`] : []),
    ...(children.length > rules.maxFilters ? [`${where} has more than ${rules.maxFilters} filters`] : []),
    ...children.flatMap((child, index) => checkNode(child, rules, depth + 1, `${where}/value/${index}`)),
  ];
}

function checkFilter({ field, operator, value }: Node, rules: SearchRules, where: string): string[] {
  const known = rules.fields.find((candidate) => candidate.name.test(String(field)));
  if (known === undefined) return [`${where} searches ${String(field)}, which is not an accepted field`];
  const name = `${where} (${String(field)}, ${known.type})`;
  const validTypes = rules.operators.get(String(operator));
  if (validTypes === undefined || !fits(validTypes, known.type, String(field), String(operator))) {
    return [`${name} does not take the operator ${String(operator)}`];
  }
  const isList = operator === 'IN' || operator === 'NIN';
  if (isList !== Array.isArray(value))
    return [`${name} needs ${isList ? 'an array' : 'one value'} with ${String(operator)}`];
  const values = isList ? (value as unknown[]) : [value];
  // IN is called a shortcut for OR, so it takes as many values as OR takes filters.
  if (values.length === 0 || values.length > rules.maxFilters) return [`${name} takes 1 to ${rules.maxFilters} values`];
  return values.every((one) => hasType(one, known.type)) ? [] : [`${name} has a value of another type`];
}

function fits(validTypes: string, type: string, field: string, operator: string): boolean {
  if (NARROWER[field]?.includes(operator) === false) return false;
  if (!validTypes.startsWith('All')) return validTypes.includes(type);
  const except = validTypes.split('except')[1] ?? '';
  return !except.includes(type) && !except.includes(field);
}

function hasType(value: unknown, type: string): boolean {
  if (value === null) return true;
  if (type === 'String') return typeof value === 'string';
  if (type === 'Boolean') return typeof value === 'boolean';
  if (Number.isInteger(value)) return true;
  // Its own examples write times as text.
  return type === 'Date' && typeof value === 'string' && /^\d+$/.test(value);
}

function readRules(text: string): SearchRules | null {
  const fields = tableUnder(text, '### Accepted Fields');
  if (fields.length === 0) return null;
  return {
    fields: fields.map(([name = '', type = '']) => ({
      name: fieldPattern(name),
      type: /^[A-Za-z]+/.exec(type)?.[0] ?? '',
    })),
    operators: new Map(
      tableUnder(text, '### Accepted Operators').map(([operator = '', types = '']) => [operator, types]),
    ),
    maxDepth: Number(/max (\d+) nested/.exec(text)?.[1] ?? 2),
    maxFilters: Number(/max (\d+) filters/.exec(text)?.[1] ?? 15),
  };
}

/** The rows of the first table after a heading, without its head. */
function tableUnder(text: string, heading: string): string[][] {
  const start = text.indexOf(heading);
  if (start < 0) return [];
  const lines = text.slice(start).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows = lines.slice(first);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** `custom_attributes.{attribute_name}` stands for any attribute. */
function fieldPattern(name: string): RegExp {
  const escaped = name.replaceAll('.', String.raw`\.`).replaceAll(/\{[^}]*\}/g, '.+');
  return new RegExp(`^${escaped}$`);
}
