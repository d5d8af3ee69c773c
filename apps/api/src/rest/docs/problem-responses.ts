import { ERROR_CATALOGUE } from '#app/kernel';
import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Of {@link toProblem}; `details` of an error add members, so the schema is open. */
const PROBLEM_SCHEMA: Schema = {
  type: 'object',
  description: 'RFC 9457 problem details. Each code is explained in docs/errors.md',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id', 'retryable'],
  additionalProperties: true,
  properties: {
    type: { type: 'string', description: 'urn:gatehouse:error:<code>' },
    title: { type: 'string', description: 'The same for every error of this code' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong and what to do about it' },
    code: { type: 'string', enum: Object.keys(ERROR_CATALOGUE) },
    request_id: { type: 'string', description: 'Quote it when you report a problem' },
    retryable: { type: 'boolean', description: 'Whether the very same request may succeed later' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

/** Gives every operation the refusals that follow from what it takes, and every refusal its schema and description. */
export function documentProblems(document: OpenAPIObject): OpenAPIObject {
  for (const item of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) addProblems(operation);
    }
  const schemas = { ...document.components?.schemas, Problem: PROBLEM_SCHEMA };
  return { ...document, components: { ...document.components, schemas } };
}

function addProblems(operation: Operation): void {
  const declared = Object.keys(operation.responses).map(Number);
  const statuses = new Set([...declared.filter((status) => status >= 400), ...impliedStatuses(operation)]);
  for (const status of statuses)
    operation.responses[String(status)] = {
      description: codesOf(status),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
}

function impliedStatuses({ security, parameters = [], requestBody }: Operation): number[] {
  const named = parameters.some((each) => 'in' in each && each.in === 'path');
  return [
    ...(parameters.length > 0 || requestBody !== undefined ? [400] : []),
    ...(security?.length ? [401, 403, 503] : []),
    ...(named ? [404] : []),
    ...(requestBody === undefined ? [] : [413, 415]),
  ];
}

const codesOf = (status: number): string =>
  Object.entries(ERROR_CATALOGUE)
    .filter(([, each]) => each.status === status)
    .map(([code]) => code)
    .join(', ');
