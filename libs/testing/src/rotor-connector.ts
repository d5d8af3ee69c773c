import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnectors, type ConnectorRegistry } from '#app/connector-kit';

/** The `refresh` block of a manifest, as its author would write it. */
export type RefreshBlock = Readonly<Record<string, unknown>>;

/** Connectors for the {@link RotatingProvider}, by id, each with its `refresh` block; null for one without refresh tokens. */
export type RotorConnectors = Readonly<Record<string, RefreshBlock | null>>;

const STRICT: RotorConnectors = { rotor: { rotates: true } };

/** Writes the manifests into a folder of their own, for `GATEHOUSE_CONNECTORS_DIR`. A connection has to bring the endpoints. */
export function writeRotorConnectors(connectors = STRICT): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-rotor-'));
  for (const [id, refresh] of Object.entries(connectors)) {
    mkdirSync(join(dir, id));
    // JSON is YAML too
    writeFileSync(join(dir, id, 'connector.yaml'), JSON.stringify(manifest(id, refresh), null, 2));
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The same, loaded. */
export function rotorConnectors(connectors = STRICT): ConnectorRegistry {
  const { dir, remove } = writeRotorConnectors(connectors);
  try {
    return loadConnectors([dir]);
  } finally {
    remove();
  }
}

const READ = { readOnly: true, destructive: false, idempotent: true, openWorld: false };
const WRITE = { ...READ, readOnly: false, idempotent: false };

const manifest = (id: string, refresh: RefreshBlock | null): object => ({
  schema: 'connector/v1',
  id,
  name: `Rotor ${id}`,
  version: '1.0.0',
  params: { instance: { type: 'string', enum: ['eu1', 'us1'], default: 'us1', source: 'probe' } },
  http: { baseUrl: 'https://api.rotor.invalid', hosts: ['rotor.invalid'], rateLimit: { retryAfter: 'retry-after' } },
  auth: [
    {
      id: 'oauth',
      kind: 'oauth2',
      principal: 'user',
      expiry: 'expires_in',
      authorize: { url: 'https://app.rotor.invalid/authorize', scopeParam: 'scope', pkce: 'S256' },
      token: {
        url: 'https://api.rotor.invalid/token',
        clientAuth: 'basic',
        encoding: 'form',
        capture: { instance: '$.instance' },
      },
      ...(refresh === null ? {} : { refresh }),
      scopes: { default: ['things:read', 'things:write'] },
      inject: { header: 'Authorization', prefix: 'Bearer ' },
      identity: {
        request: { method: 'GET', path: '/me' },
        map: { id: '$.id', label: '$.email', tenant: '$.workspace.id' },
      },
      revoke: { url: 'https://api.rotor.invalid/revoke', method: 'POST', scope: 'token', tokenIn: 'form' },
    },
  ],
  tools: {
    [`${id}_things_get`]: {
      title: 'Count the things',
      description: 'Returns how many things there are, and for whom.',
      annotations: READ,
      scopes: ['things:read'],
      input: { type: 'object', properties: {} },
      audit: { result: { things: '$.things' } },
      request: { method: 'GET', path: '/things' },
      output: { value: { user: '$.user', things: '$.things' } },
    },
    [`${id}_thing_create`]: {
      title: 'Make a thing',
      description: 'Makes a thing of that name.',
      annotations: WRITE,
      scopes: ['things:write'],
      input: {
        type: 'object',
        properties: { name: { type: 'string', description: 'Its name.', maxLength: 100 } },
        required: ['name'],
      },
      audit: { arguments: { name: 'keep' }, result: { things: '$.things' } },
      request: { method: 'POST', path: '/things', body: { name: '${args.name}' } },
      output: { value: { user: '$.user', things: '$.things' } },
    },
  },
});
