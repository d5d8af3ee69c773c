import { toJson, type DescMessage, type JsonObject, type MessageShape } from '@bufbuild/protobuf';
import { excessOf } from '../rest/body-shape.js';

/**
 * A message as the body or query that its REST twin would have got: names in snake_case, what is not set left out. So both doors
 * check a request by the same rules and refuse it in the same words.
 */
export function requestDto<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): JsonObject {
  const dto = toJson(schema, message, { useProtoFieldName: true }) as JsonObject;
  const excess = excessOf(dto, undefined);
  if (excess !== undefined) throw excess;
  return dto;
}

/** The members of `filter` as a query carries them: `filter.tool_names`. */
export function withFlatFilter({ filter, ...rest }: JsonObject): JsonObject {
  const members = Object.entries((filter ?? {}) as JsonObject);
  return { ...rest, ...Object.fromEntries(members.map(([name, value]) => [`filter.${name}`, queryValue(value)])) };
}

const queryValue = (value: unknown) => (typeof value === 'boolean' ? String(value) : value) as JsonObject[string];
