import type { Connector, ToolDefinition } from '../src/connector.js';
import { checkShape } from '../src/manifest/check-shape.js';
import { compileConnector } from '../src/manifest/compile-connector.js';
import { ManifestPlace } from '../src/manifest/manifest-error.js';

type Raw = Record<string, unknown>;

const READ = { readOnly: true, destructive: false, idempotent: true, openWorld: true };
const WRITE = { ...READ, readOnly: false, idempotent: false };

const ITEM_ID = { type: 'string', pattern: '^[0-9]{1,20}$', description: 'Digits only.' };

/** A small manifest with one tool of each kind, to be bent by tests. */
export function acmeManifest(): Raw & { tools: Record<string, Raw>; http: Raw; auth: Raw[] } {
  return {
    schema: 'connector/v1',
    id: 'acme',
    name: 'Acme',
    version: '1.0.0',
    params: { region: { type: 'string', enum: ['us', 'eu'], default: 'us', source: 'user' } },
    vars: { host: { by: 'params.region', us: 'api.acme.example', eu: 'api.eu.acme.example' } },
    http: {
      baseUrl: 'https://${vars.host}',
      hosts: ['acme.example'],
      headers: { Accept: 'application/json', 'Acme-Version': '7' },
      rateLimit: { resetAt: 'x-ratelimit-reset', retryAfter: 'retry-after' },
    },
    auth: [
      {
        id: 'oauth',
        kind: 'oauth2',
        principal: 'user',
        expiry: 'expires_in',
        authorize: { url: 'https://login.acme.example/authorize', pkce: 'S256' },
        token: { url: 'https://${vars.host}/token', clientAuth: 'basic', encoding: 'form' },
        inject: { header: 'Authorization', prefix: 'Bearer ' },
        identity: {
          request: { method: 'GET', path: '/me' },
          map: { id: '$.id | string', label: '$.email', tenant: '$.org' },
          facts: { seat: '$.seat', plan: '$.plan' },
          params: { region: '$.region | lower' },
        },
      },
    ],
    access: [{ id: 'seat', applies: 'writes', require: { seat: true }, reason: 'A seat is needed to write.' }],
    errors: [
      { when: { status: 401, 'body.error.code': 'not_yours' }, code: 'forbidden_by_provider', probe: true },
      { when: { status: 403, 'body.error.message': '/needs scope (?<scope>[a-z_]+)/' }, code: 'missing_scope' },
      { when: { status: 410 }, code: 'not_found', followLink: 'canonical' },
    ],
    errorDetail: { message: '$.error.message', code: '$.error.code', field: '$.error.field' },
    pagination: {
      items: {
        type: 'cursor',
        in: 'query',
        param: 'after',
        limit: 'count',
        maxPerPage: 3,
        items: '$.items',
        next: '$.next',
        hasMore: '$.has_more',
        total: '$.total',
      },
    },
    tools: {
      acme_items_list: {
        title: 'List items',
        description: 'Lists the items of the account, newest first.',
        annotations: READ,
        input: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: 50, default: 5 },
            cursor: { type: 'string', pattern: '^[a-z0-9]+$' },
          },
        },
        audit: { result: { count: '$.items | count' } },
        request: { method: 'GET', path: '/items' },
        paginate: 'items',
        output: { list: 'items', items: { id: '$.id | string' } },
      },
      acme_item_get: {
        title: 'Read an item',
        description: 'Reads one item of the account by its id.',
        annotations: READ,
        input: { type: 'object', properties: { item_id: ITEM_ID }, required: ['item_id'] },
        audit: { result: { id: '$.id' } },
        request: { method: 'GET', path: '/items/${args.item_id}' },
        output: { value: { id: '$.id | string', name: '$.name' }, require: ['$.id'] },
      },
      acme_item_note: {
        title: 'Note on an item',
        description: 'Adds a note to one item of the account.',
        annotations: WRITE,
        scopes: ['notes:write'],
        input: {
          type: 'object',
          properties: {
            item_id: ITEM_ID,
            text: { type: 'string', pattern: '\\S', maxLength: 1000 },
            owner: { type: 'string', pattern: '\\S' },
            public: { type: 'boolean', default: false },
          },
          required: ['item_id', 'text'],
        },
        audit: { arguments: { text: 'redact', owner: 'keep' }, result: { id: '$.id' } },
        steps: [
          {
            id: 'owner',
            when: 'args.owner',
            request: { method: 'GET', path: '/people' },
            lookup: {
              items: '$.people',
              argument: 'owner',
              keys: ['$.id', '$.name', '$.email'],
              noun: 'person',
              id: '$.id',
              name: '$.name',
            },
            output: { id: '$.id | string' },
          },
        ],
        request: {
          method: 'POST',
          path: '/items/${args.item_id}/notes',
          body: {
            text: '${args.text}',
            public: '${args.public}',
            author: '${account.principal.id}',
            owner: '${steps.owner.id}',
          },
        },
        output: { value: { id: '$.id | string' }, require: ['$.id'] },
      },
    },
  };
}

/** Compiles a manifest as the loader does. */
export function compileManifest(manifest: unknown, file = 'acme/connector.yaml'): Connector {
  return compileConnector(checkShape(manifest, file), new ManifestPlace(file));
}

export function acme(): Connector {
  return compileManifest(acmeManifest());
}

export function toolOf(connector: Connector, name: string): ToolDefinition {
  const tool = connector.tools.get(name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

/** Acme with one property of one tool's input replaced, to test schemas with. */
export function toolWithProperty(property: Raw, changes: Raw = {}): ToolDefinition {
  const manifest = acmeManifest();
  const tool = manifest.tools.acme_item_get as Raw;
  tool.input = { type: 'object', properties: { value: property } };
  tool.request = { method: 'GET', path: '/items' };
  tool.audit = { arguments: { value: 'keep' }, result: {} };
  Object.assign(tool, changes);
  return toolOf(compileManifest(manifest), 'acme_item_get');
}
