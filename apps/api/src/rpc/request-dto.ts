import { toJson, type DescMessage, type JsonObject, type MessageShape } from '@bufbuild/protobuf';
import { AppError } from '#app/kernel';
import { excessOf } from '../rest/body-shape.js';

/**
 * A message as the body or query that its REST twin would have got: names in snake_case, what is not set left out. So both doors
 * check a request by the same rules and refuse it in the same words.
 */
export function requestDto<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): JsonObject {
  const excess = excessOf(message, undefined);
  if (excess !== undefined) throw excess;
  const written = isJson(message) ? message : withoutNonNumbers(message);
  try {
    return toJson(schema, written, { useProtoFieldName: true }) as JsonObject;
  } catch (cause) {
    throw notJson(cause);
  }
}

/** Messages can carry moments, for one, that no calendar has. */
const notJson = (cause: unknown): AppError =>
  new AppError(
    'invalid_arguments',
    'The request has a value that is none of its type, such as a moment after the year 9999.',
    {
      cause,
    },
  );

/** NaN and infinities are numbers to protobuf only. */
const isJson = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isJson);
};

/** JSON has null for them, which is what REST would have got: whoever writes JSON writes it so. */
function withoutNonNumbers<Value>(value: Value): Value {
  if (typeof value === 'number') return (Number.isFinite(value) ? value : null) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNonNumbers) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutNonNumbers(inner)])) as Value;
}

/** The members of `filter` as a query carries them: `filter.tool_names`. */
export function withFlatFilter({ filter, ...rest }: JsonObject): JsonObject {
  const members = Object.entries((filter ?? {}) as JsonObject);
  return { ...rest, ...Object.fromEntries(members.map(([name, value]) => [`filter.${name}`, queryValue(value)])) };
}

const queryValue = (value: unknown) => (typeof value === 'boolean' ? String(value) : value) as JsonObject[string];
