import { Ajv2020 } from 'ajv/dist/2020.js';
import { isJson, objectsIn, type Json } from '../json.js';
import type { ModelRequest } from '../vendors/vendor.js';

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** The rules of the Messages API that a client can break. */
export function lintAnthropic({ headers, body }: ModelRequest): string[] {
  const tools = objectsIn(body['tools']);
  const names = tools.map((tool) => tool['name']);
  return [
    ...(headers['x-api-key'] || headers.authorization ? [] : ['x-api-key header is required']),
    ...(headers['anthropic-version'] ? [] : ['anthropic-version: header is required']),
    ...(Number.isInteger(body['max_tokens']) ? [] : ['max_tokens: Field required']),
    ...(new Set(names).size < names.length ? ['tools: Tool names must be unique.'] : []),
    ...tools.flatMap(lintTool),
    ...lintMessages(objectsIn(body['messages'])),
  ];
}

function lintTool(tool: Json, index: number): string[] {
  const at = `tools.${index}.custom`;
  const { name, input_schema: schema } = tool;
  const found: string[] = [];
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,128}$/.test(name))
    found.push(`${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  if (!isJson(schema) || schema['type'] !== 'object')
    return [...found, `${at}.input_schema.type: Input should be 'object'`];
  for (const keyword of ['oneOf', 'anyOf', 'allOf'])
    if (schema[keyword] !== undefined) found.push(`${at}.input_schema: does not support ${keyword} at the top level`);
  for (const property of Object.keys(isJson(schema['properties']) ? schema['properties'] : {}))
    if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(property))
      found.push(`${at}.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'`);
  if (ajv.validateSchema(schema) !== true)
    found.push(`${at}.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12`);
  return found;
}

/** Calls are answered in the very next message, all of them. */
function lintMessages(messages: readonly Json[]): string[] {
  return messages.flatMap((message, index) => {
    const next = messages[index + 1];
    const asked = idsIn(message, 'tool_use', 'id');
    const answered = next === undefined ? [] : idsIn(next, 'tool_result', 'tool_use_id');
    const missing = asked.filter((id) => !answered.includes(id));
    const alien = answered.filter((id) => !asked.includes(id));
    return [
      ...(missing.length > 0
        ? [
            `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}`,
          ]
        : []),
      ...alien.map((id) => `messages.${index + 1}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}`),
    ];
  });
}

const idsIn = (message: Json, type: string, member: string): string[] =>
  objectsIn(message['content'])
    .filter((block) => block['type'] === type)
    .map((block) => String(block[member]));
