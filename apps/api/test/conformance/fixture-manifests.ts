import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOOLS, WRITES, type ToolArguments } from './fixture-answers.js';

/** Two connectors, since a tool's name begins with its connector's id and the referee asks for names of two kinds. */
const CONNECTORS: Readonly<Record<string, (name: string) => boolean>> = {
  test: (name) => name.startsWith('test_'),
  'json-schema': (name) => name.startsWith('json_schema_'),
};

export const FIXTURE_CONNECTORS = Object.keys(CONNECTORS);

/** Writes the manifests into a folder of their own, for `GATEHOUSE_CONNECTORS_DIR`. A connection has to bring the endpoints. */
export function writeFixtureConnectors(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-referee-'));
  for (const [id, owns] of Object.entries(CONNECTORS)) {
    mkdirSync(join(dir, id));
    const tools = Object.entries(TOOLS).filter(([name]) => owns(name));
    // JSON is YAML too
    writeFileSync(join(dir, id, 'connector.yaml'), JSON.stringify(manifest(id, tools)));
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const manifest = (id: string, tools: readonly [string, ToolArguments][]): object => ({
  schema: 'connector/v1',
  id,
  name: `Fixture ${id}`,
  version: '1.0.0',
  http: { baseUrl: 'https://api.fixture.invalid', hosts: ['fixture.invalid'] },
  auth: [
    {
      id: 'oauth',
      kind: 'oauth2',
      principal: 'user',
      expiry: 'expires_in',
      authorize: { url: 'https://app.fixture.invalid/authorize', scopeParam: 'scope', pkce: 'S256' },
      token: { url: 'https://api.fixture.invalid/token', clientAuth: 'basic', encoding: 'form' },
      scopes: { default: ['things:read'] },
      inject: { header: 'Authorization', prefix: 'Bearer ' },
      identity: {
        request: { method: 'GET', path: '/me' },
        map: { id: '$.id', label: '$.email', tenant: '$.workspace.id' },
      },
    },
  ],
  errorDetail: { message: '$.message' },
  tools: Object.fromEntries(tools.map(([name, args]) => [name, tool(name, args)])),
});

function tool(name: string, args: ToolArguments): object {
  const write = WRITES.has(name);
  const names = Object.keys(args);
  return {
    title: name.replaceAll('_', ' '),
    description: `What the referee calls ${name}.`,
    annotations: { readOnly: !write, destructive: false, idempotent: true, openWorld: false },
    scopes: ['things:read'],
    input: {
      type: 'object',
      properties: Object.fromEntries(names.map((each) => [each, { type: 'string', description: args[each] }])),
    },
    audit: { arguments: Object.fromEntries(names.map((each) => [each, 'keep'])), result: { kind: '$.kind' } },
    request: {
      method: 'POST',
      path: `/tools/${name}`,
      body: Object.fromEntries(names.map((each) => [each, `\${args.${each}}`])),
    },
    output: { value: Object.fromEntries(FIELDS.map((field) => [field, `$.${field}`])) },
  };
}

/** Of the answers of the provider: see `FixtureAnswer`. */
const FIELDS = ['text', 'content', 'contents', 'messages', 'progress', 'log', 'rounds', 'sealed', 'declaredOnly'];
