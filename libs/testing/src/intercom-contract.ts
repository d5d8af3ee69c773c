import { ApiDescription, readDescription, type MatchedRoute, type OpenApiSchema } from './openapi/description.js';
import { SchemaChecker } from './openapi/schema-checker.js';
import { checkSearchQuery } from './openapi/search-rules.js';

export interface ContractRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>> | readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined or null when there is none. */
  readonly body: unknown;
}

export interface ContractResponse {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** Both return what is wrong, as text; an empty list means that the description allows it. */
export interface IntercomContract {
  checkRequest(request: ContractRequest): string[];
  checkResponse(response: ContractResponse): string[];
}

/**
 * Where the description is known to be incomplete: what is let through although it is not declared, and why. Everything else
 * that it does not declare is a problem.
 */
const TOLERATED = {
  /** Body members of a request, by schema. */
  request: {
    // Accepted and left out of the description: intercom/Intercom-OpenAPI issue 114.
    search_request: { sort: { $ref: '#/components/schemas/contact_search_request/properties/sort' } },
  },
  /** Members of an answer, by schema. Others that examples show (`topics`, `utm_source`, …) are not needed by anyone yet. */
  response: {
    // Every example of `GET /contacts/{id}` has them.
    contact_tags: { type: { type: 'string' } },
    contact_notes: { type: { type: 'string' } },
    contact_companies: { type: { type: 'string' } },
  },
} as const;

/** Said in the text of a schema but not in its `required`. */
const REPLY_NEEDS: Readonly<Record<string, string>> = { comment: 'body', note: 'body', quick_reply: 'reply_options' };

/**
 * Reads Intercom's own API description and holds requests and answers against it: the connector must not send what Intercom
 * would refuse, and the sandbox must not accept it or answer in another shape.
 *
 * @param path absolute path of `api.intercom.io.yaml`
 */
export function loadIntercomContract(path: string): IntercomContract {
  const description = readDescription(path);
  const checker = new SchemaChecker(withTolerated(description.schemas));
  return {
    checkRequest: (request) => {
      const route = description.match(request.method, request.path);
      if (route === null) return [unknownOperation(request)];
      return [
        ...checkParameters(route, pairsOf(request.query), checker),
        ...checkHeaders(request, description.version),
        ...checkBody(route, request.body, checker),
      ];
    },
    checkResponse: (response) => {
      const route = description.match(response.method, response.path);
      return route === null ? [unknownOperation(response)] : checkAnswer(route, response, description, checker);
    },
  };
}

function checkParameters(
  route: MatchedRoute,
  query: readonly (readonly [string, string])[],
  checker: SchemaChecker,
): string[] {
  const declared = route.operation.parameters ?? [];
  const problems: string[] = [];
  for (const [name, value] of query) {
    const parameter = declared.find((candidate) => candidate.in === 'query' && candidate.name === name);
    if (parameter === undefined) problems.push(`query parameter ${name} is not declared`);
    else problems.push(...checkText(parameter.schema, value, `query parameter ${name}`, checker));
  }
  for (const parameter of declared) {
    const { name } = parameter;
    if (parameter.in === 'path')
      problems.push(...checkText(parameter.schema, route.values[name] ?? '', `path parameter ${name}`, checker));
    if (parameter.in === 'query' && parameter.required === true && !query.some(([given]) => given === name)) {
      problems.push(`query parameter ${name} is missing`);
    }
  }
  return problems;
}

/** A parameter travels as text: it is read as what its schema says before it is checked. */
function checkText(schema: OpenApiSchema | undefined, text: string, where: string, checker: SchemaChecker): string[] {
  if (schema === undefined) return [];
  const read = schema.type === 'array' ? text.split(',') : readAs(schema.type, text);
  return checker.check(schema, read, where);
}

function readAs(type: unknown, text: string): unknown {
  if ((type === 'integer' || type === 'number') && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

function checkHeaders(request: ContractRequest, version: string): string[] {
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const hasBody = request.body !== undefined && request.body !== null;
  return [
    ...(headers.get('intercom-version') === version ? [] : [`header Intercom-Version must be ${version}`]),
    ...(/^Bearer \S+$/.test(headers.get('authorization') ?? '') ? [] : ['header Authorization must be a bearer token']),
    ...(hasBody && !/^application\/json\b/.test(headers.get('content-type') ?? '')
      ? ['header Content-Type must be application/json']
      : []),
  ];
}

function checkBody(route: MatchedRoute, body: unknown, checker: SchemaChecker): string[] {
  const schema = route.operation.requestBody?.content?.['application/json']?.schema;
  const absent = body === undefined || body === null;
  if (schema === undefined) return absent ? [] : ['the operation takes no body'];
  if (absent) return ['the body is missing'];
  return [
    ...checker.check(schema, body, 'body'),
    ...checkSearchQuery(route.operation, body),
    ...checkReply(route, body),
  ];
}

function checkReply(route: MatchedRoute, body: unknown): string[] {
  if (route.operation.operationId !== 'replyConversation') return [];
  const fields = body as Readonly<Record<string, unknown>>;
  const needed = fields.type === 'admin' ? REPLY_NEEDS[String(fields.message_type)] : undefined;
  return needed === undefined || (fields[needed] !== undefined && fields[needed] !== '')
    ? []
    : [`body/${needed} is missing`];
}

function checkAnswer(
  route: MatchedRoute,
  { status, body }: ContractResponse,
  description: ApiDescription,
  checker: SchemaChecker,
): string[] {
  const declared = route.operation.responses[String(status)];
  if (declared !== undefined) {
    const schema = declared.content?.['application/json']?.schema;
    return schema === undefined ? [] : checker.check(schema, body, `${status} body`);
  }
  if (status < 400) return [`status ${status} is not declared`];
  // Few operations declare 400, 403 or 429, which any of them can answer; the error object is the same everywhere.
  return checker.check(description.schemas.error as OpenApiSchema, body, `${status} body`);
}

function withTolerated(schemas: Readonly<Record<string, OpenApiSchema>>): Record<string, OpenApiSchema> {
  const completed: Record<string, OpenApiSchema> = { ...schemas };
  for (const [name, extra] of [...Object.entries(TOLERATED.request), ...Object.entries(TOLERATED.response)]) {
    const schema = schemas[name];
    if (schema !== undefined)
      completed[name] = { ...schema, properties: { ...(schema.properties as object), ...extra } };
  }
  return completed;
}

function pairsOf(query: ContractRequest['query']): readonly (readonly [string, string])[] {
  if (Array.isArray(query)) return query as readonly (readonly [string, string])[];
  return Object.entries(query as Readonly<Record<string, string | readonly string[]>>).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value] as const),
  );
}

function unknownOperation({ method, path }: { method: string; path: string }): string {
  return `${method} ${path} is not an operation of the description`;
}
