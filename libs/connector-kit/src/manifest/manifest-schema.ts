import { PROVIDER_FAILURE_CODES } from '../failure/connector-failure.js';
import { authSchema } from './auth-schema.js';
import { closed, listOf, mapOf, path, text, url } from './schema-words.js';
import { toolSchema } from './tool-schema.js';

const FACT = '^[a-z][a-z0-9_]*$';

const param = closed(
  {
    type: { const: 'string' },
    enum: listOf(text),
    pattern: text,
    default: text,
    title: text,
    help: text,
    source: { enum: ['user', 'probe'] },
  },
  ['type', 'source'],
);

const http = closed(
  {
    baseUrl: url,
    hosts: listOf({ type: 'string', pattern: '^[a-z0-9-]+(\\.[a-z0-9-]+)+$' }),
    headers: mapOf(text, '^[A-Za-z0-9-]+$'),
    timeoutMs: { type: 'integer', minimum: 100, maximum: 120_000 },
    maxResponseBytes: { type: 'integer', minimum: 1024, maximum: 50_000_000 },
    rateLimit: closed({ resetAt: text, resetAfter: text, retryAfter: text }),
  },
  ['baseUrl', 'hosts'],
);

const access = closed(
  {
    id: { type: 'string', pattern: FACT },
    applies: { anyOf: [{ enum: ['all', 'writes'] }, listOf(text)] },
    require: { ...mapOf({}, FACT), minProperties: 1 },
    reason: text,
  },
  ['id', 'applies', 'require', 'reason'],
);

const errorRule = closed(
  {
    when: { type: 'object', minProperties: 1 },
    code: { enum: [...PROVIDER_FAILURE_CODES] },
    probe: { type: 'boolean' },
    followLink: text,
  },
  ['when', 'code'],
);

const pagination = closed(
  {
    type: { const: 'cursor' },
    in: { enum: ['body', 'query'] },
    param: text,
    limit: text,
    maxPerPage: { type: 'integer', minimum: 1 },
    items: path,
    next: path,
    hasMore: path,
    total: path,
  },
  ['type', 'in', 'param', 'limit', 'maxPerPage', 'items', 'next'],
);

/** JSON Schema of `connector.yaml`: the shape. What it cannot say (which variables exist) is checked when compiling. */
export const MANIFEST_SCHEMA = closed(
  {
    schema: { const: 'connector/v1' },
    id: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,38}$' },
    name: text,
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$' },
    description: text,
    categories: listOf(text),
    docs: { type: 'string', pattern: '^https://' },
    status: { enum: ['beta', 'stable'] },
    apiVersion: text,
    params: mapOf(param, FACT),
    vars: mapOf({ type: 'object', required: ['by'], additionalProperties: text }, '^[a-zA-Z][a-zA-Z0-9_]*$'),
    http,
    auth: { type: 'array', items: authSchema, minItems: 1, maxItems: 1 },
    access: listOf(access),
    errors: listOf(errorRule),
    errorDetail: closed({ message: path, code: path, field: path, requestId: path }),
    pagination: mapOf(pagination, '^[a-z][a-z0-9_]*$'),
    tools: { ...mapOf(toolSchema, '^[a-z][a-z0-9_]{2,63}$'), minProperties: 1 },
  },
  ['schema', 'id', 'name', 'version', 'http', 'auth', 'tools'],
);
