import { isJson, objectsIn, textsIn, type Json } from '../json.js';
import type { ModelRequest } from '../vendors/vendor.js';

const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT'];

/** The members of Gemini's `Schema`; the API refuses a request with another one. */
const MEMBERS = [
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'enum',
  'maxItems',
  'minItems',
  'properties',
  'required',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'example',
  'anyOf',
  'propertyOrdering',
  'default',
  'items',
  'minimum',
  'maximum',
];

export const declarationsIn = (body: Json): Json[] =>
  objectsIn(body['tools']).flatMap((tool) => objectsIn(tool['functionDeclarations']));

/** The rules of generateContent that a client can break. */
export function lintGemini({ headers, body }: ModelRequest): string[] {
  const declarations = declarationsIn(body);
  const names = declarations.map(({ name }) => name);
  return [
    ...(headers['x-goog-api-key'] ? [] : ['API key not valid. Please pass a valid API key.']),
    ...(new Set(names).size < names.length ? ['Duplicate function declaration found.'] : []),
    ...declarations.flatMap(lintDeclaration),
    ...lintContents(objectsIn(body['contents'])),
  ];
}

function lintDeclaration({ name, parameters }: Json): string[] {
  const at = `function_declarations[${String(name)}]`;
  const found =
    typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/.test(name)
      ? []
      : [`${at}.name: Invalid function name.`];
  if (parameters === undefined) return found;
  return isJson(parameters) && parameters['type'] === 'OBJECT'
    ? [...found, ...lintSchema(parameters, `${at}.parameters`)]
    : [...found, `${at}.parameters: should be of type OBJECT`];
}

function lintSchema(schema: Json, at: string): string[] {
  const { type, properties, items, enum: values, required } = schema;
  const found = Object.keys(schema)
    .filter((member) => !MEMBERS.includes(member))
    .map((member) => `Invalid JSON payload received. Unknown name "${member}" at '${at}'`);
  if (type === undefined ? schema['anyOf'] === undefined : !TYPES.some((each) => each === type))
    found.push(`${at}.type: ${JSON.stringify(type)} is no type`);
  if (type === 'ARRAY' && !isJson(items)) found.push(`${at}.items: missing field.`);
  if (type === 'OBJECT' && Object.keys(isJson(properties) ? properties : {}).length === 0)
    found.push(`${at}.properties: should be non-empty for OBJECT type`);
  if (values !== undefined && (type !== 'STRING' || textsIn(values).includes('')))
    found.push(`${at}.enum: only allowed for STRING type`);
  const known = Object.keys(isJson(properties) ? properties : {});
  found.push(
    ...textsIn(required)
      .filter((name) => !known.includes(name))
      .map((name) => `${at}.required: property ${name} is not defined`),
  );
  found.push(
    ...known
      .filter((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name))
      .map((name) => `${at}.properties: invalid name ${name}`),
  );
  const inner = [...(isJson(properties) ? Object.values(properties) : []), items, ...objectsIn(schema['anyOf'])];
  return [...found, ...inner.filter(isJson).flatMap((each) => lintSchema(each, at))];
}

/** As many function responses as function calls, in the turn right after. */
function lintContents(contents: readonly Json[]): string[] {
  const count = (content: Json | undefined, part: string): number =>
    objectsIn(content?.['parts']).filter((each) => isJson(each[part])).length;
  return contents.flatMap((content, index) => {
    const asked = count(content, 'functionCall');
    return asked > 0 && asked !== count(contents[index + 1], 'functionResponse')
      ? ['Please ensure that the number of function response parts is equal to the number of function call parts.']
      : [];
  });
}
