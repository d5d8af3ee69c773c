import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer } from '../../demo/src/http.js';

const PROBLEM = 'application/problem+json';

type Schema = Record<string, unknown>;
type Content = Record<string, { schema?: Schema }>;

interface RawOperation {
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean }[];
  readonly requestBody?: { content?: Content };
  readonly responses: Record<string, { content?: Content }>;
}

export interface Operation {
  /** `GET /api/v1/tools` */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string | undefined;
  readonly guarded: boolean;
  readonly takesInput: boolean;
  readonly requiredQuery: readonly string[];
  readonly requestBody: { readonly schemas: readonly (Schema | undefined)[] } | null;
  readonly success: {
    readonly status: number;
    readonly mediaType: string | undefined;
    readonly schema: Schema | undefined;
  };
  /** Statuses that are described as a problem document. */
  readonly problems: readonly number[];
}

/** Our OpenAPI document, as something to hold answers against. Members that it does not name are faults, too. */
export class ApiDescription {
  readonly operations: readonly Operation[];
  readonly securitySchemes: Schema;
  private readonly ajv = new Ajv({ strict: false, allErrors: true });

  constructor(document: Record<string, unknown>) {
    addFormats.default(this.ajv);
    const { schemas, securitySchemes } = document['components'] as Record<string, Record<string, Schema>>;
    this.securitySchemes = securitySchemes ?? {};
    for (const [name, schema] of Object.entries(schemas ?? {}))
      this.ajv.addSchema(asJsonSchema(schema) as Schema, `#/components/schemas/${name}`);
    const paths = document['paths'] as Record<string, Record<string, RawOperation>>;
    this.operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, raw]) => toOperation(method.toUpperCase() as Operation['method'], path, raw)),
    );
  }

  operation(name: string): Operation {
    const found = this.operations.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} is not described`);
    return found;
  }

  /** In what an answer differs from the success that is described; empty when it doesn't. */
  faultsOf({ name, success }: Operation, answer: Answer): string[] {
    const shown = `${answer.status} ${mediaTypeOf(answer)}`;
    const described = `${success.status} ${success.mediaType ?? ''}`;
    if (shown !== described) return [`${name} answers ${shown}, described is ${described}`];
    if (success.mediaType !== 'application/json' || success.schema === undefined) return [];
    return this.check(name, success.schema, answer.json());
  }

  /** In what a refusal differs from those that are described. */
  faultsOfProblem({ name, problems }: Operation, answer: Answer): string[] {
    if (!problems.includes(answer.status)) return [`${name} answers ${answer.status}, which is not described`];
    if (mediaTypeOf(answer) !== PROBLEM) return [`${name} refuses as ${mediaTypeOf(answer)}`];
    return this.check(name, { $ref: '#/components/schemas/Problem' }, answer.json());
  }

  private check(name: string, schema: Schema, body: unknown): string[] {
    const validate: ValidateFunction = this.ajv.compile(asJsonSchema(schema) as Schema);
    return validate(body) ? [] : [`${name}: ${this.ajv.errorsText(validate.errors)}`];
  }
}

function toOperation(method: Operation['method'], path: string, raw: RawOperation): Operation {
  const parameters = raw.parameters ?? [];
  const [status = '0', success] = Object.entries(raw.responses).find(([code]) => code.startsWith('2')) ?? [];
  const [mediaType] = Object.keys(success?.content ?? {});
  return {
    name: `${method} ${path}`,
    method,
    path,
    summary: raw.summary,
    guarded: (raw.security ?? []).length > 0,
    takesInput: parameters.length > 0 || raw.requestBody !== undefined || (raw.security ?? []).length > 0,
    requiredQuery: parameters.filter((each) => each.in === 'query' && each.required).map((each) => each.name),
    requestBody: raw.requestBody ? { schemas: schemasOf(raw.requestBody.content) } : null,
    success: { status: Number(status), mediaType, schema: success?.content?.[mediaType ?? '']?.schema },
    problems: Object.entries(raw.responses)
      .filter(([, response]) => response.content?.[PROBLEM]?.schema !== undefined)
      .map(([code]) => Number(code)),
  };
}

const mediaTypeOf = (answer: Answer): string => String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';

function schemasOf(content: Content = {}): (Schema | undefined)[] {
  const schemas = Object.values(content).map(({ schema }) => schema);
  return schemas.length > 0 ? schemas : [undefined];
}

/** OpenAPI 3.0 says "or null" by a member of its own; and an object with named members is meant to have no other. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Schema;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, asJsonSchema(each)]));
  const closed = schema['properties'] && !('additionalProperties' in schema) ? { additionalProperties: false } : {};
  return nullable === true ? { anyOf: [{ ...schema, ...closed }, { type: 'null' }] } : { ...schema, ...closed };
}
