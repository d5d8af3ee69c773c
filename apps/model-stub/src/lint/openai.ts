import { isJson, objectsIn, textsIn, type Json } from '../json.js';

const MAX_TOOLS = 128;

/** What strict mode knows of a schema. */
const STRICT_KEYWORDS = [
  'type',
  'title',
  'description',
  'enum',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  '$defs',
  '$ref',
];
const STRICT_FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'];

/** The rules for functions, as OpenAI documents them. */
export function lintOpenAITools(tools: readonly Json[]): string[] {
  const names = tools.map((tool) => tool['name']);
  return [
    ...(tools.length > MAX_TOOLS ? [`Invalid 'tools': array too long, at most ${MAX_TOOLS}.`] : []),
    ...(new Set(names).size < names.length ? ["Invalid 'tools': function names must be unique."] : []),
    ...tools.flatMap(lintTool),
  ];
}

function lintTool(tool: Json): string[] {
  const { name, description, parameters, strict } = tool;
  const at = `tool ${String(name)}`;
  const found: string[] = [];
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    found.push(`Invalid name of ${at}: ^[a-zA-Z0-9_-]{1,64}$.`);
  if (typeof description === 'string' && description.length > 1024)
    found.push(`Invalid description of ${at}: too long.`);
  if (!isJson(parameters) || parameters['type'] !== 'object')
    return [...found, `Invalid schema for ${at}: schema must be of type "object".`];
  for (const keyword of ['oneOf', 'anyOf', 'allOf', 'enum', 'not'])
    if (parameters[keyword] !== undefined)
      found.push(`Invalid schema for ${at}: schema must not have '${keyword}' at the top level.`);
  found.push(...lintSchema(parameters, at));
  if (strict === true) found.push(...lintStrict(parameters, at));
  return found;
}

function lintSchema(schema: Json, at: string): string[] {
  const found =
    typesOf(schema).includes('array') && !isJson(schema['items'])
      ? [`Invalid schema for ${at}: array schema missing items.`]
      : [];
  return [...found, ...childrenOf(schema).flatMap(([name, each]) => lintSchema(each, `${at}.${name}`))];
}

function lintStrict(schema: Json, at: string): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !STRICT_KEYWORDS.includes(keyword));
  const found = unknown.map((keyword) => `Invalid schema for ${at}: '${keyword}' is not permitted in strict mode.`);
  const { format, properties = {}, required } = schema;
  if (typeof format === 'string' && !STRICT_FORMATS.includes(format))
    found.push(`Invalid schema for ${at}: format '${format}'.`);
  if (Object.keys(schema).length === 0) found.push(`Invalid schema for ${at}: schema must have a 'type' key.`);
  if (typesOf(schema).includes('object')) {
    if (schema['additionalProperties'] !== false)
      found.push(`Invalid schema for ${at}: 'additionalProperties' must be false.`);
    const missing = Object.keys(properties as Json).filter((name) => !textsIn(required).includes(name));
    if (missing.length > 0)
      found.push(`Invalid schema for ${at}: 'required' must hold every property, lacks ${missing.join(', ')}.`);
  }
  return [...found, ...childrenOf(schema).flatMap(([name, each]) => lintStrict(each, `${at}.${name}`))];
}

function childrenOf(schema: Json): [string, Json][] {
  const { properties, items, anyOf } = schema;
  const inside: [string, unknown][] = [
    ...(isJson(properties) ? Object.entries(properties) : []),
    ...(isJson(items) ? [['[]', items] as [string, unknown]] : []),
    ...objectsIn(anyOf).map((each, index): [string, unknown] => [`anyOf${index}`, each]),
  ];
  return inside.filter((each): each is [string, Json] => isJson(each[1]));
}

const typesOf = (schema: Json): string[] =>
  Array.isArray(schema['type']) ? textsIn(schema['type']) : typeof schema['type'] === 'string' ? [schema['type']] : [];

/** Every call of a tool is answered before anything else is said, and nothing else is. */
export function lintChatMessages(messages: readonly Json[]): string[] {
  let open: string[] = [];
  const found: string[] = [];
  for (const message of messages) {
    if (message['role'] === 'tool') {
      const id = String(message['tool_call_id']);
      if (!open.includes(id)) found.push(`Invalid parameter: no tool call ${id} before the message with role 'tool'.`);
      if (typeof message['content'] !== 'string' && !Array.isArray(message['content']))
        found.push("Invalid 'content' of a tool message.");
      open = open.filter((each) => each !== id);
    } else {
      if (open.length > 0)
        found.push(`An assistant message with 'tool_calls' must be followed by tool messages: ${open.join(', ')}.`);
      open = objectsIn(message['tool_calls']).map((call) => String(call['id']));
    }
  }
  return open.length > 0 ? [...found, `No tool message answers ${open.join(', ')}.`] : found;
}

export function lintResponsesInput(items: readonly Json[]): string[] {
  const idsOf = (type: string): string[] =>
    items.filter((each) => each['type'] === type).map((each) => String(each['call_id']));
  const [calls, outputs] = [idsOf('function_call'), idsOf('function_call_output')];
  return [
    ...calls.filter((id) => !outputs.includes(id)).map((id) => `No tool output found for function call ${id}.`),
    ...outputs.filter((id) => !calls.includes(id)).map((id) => `No tool call found for function call output ${id}.`),
  ];
}
