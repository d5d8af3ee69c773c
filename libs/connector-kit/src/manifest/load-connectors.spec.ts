import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isId } from '#app/kernel';
import { stringify } from 'yaml';
import { acmeManifest, compileManifest } from '../../test/acme.js';
import { loadConnectors } from './load-connectors.js';
import { ManifestError } from './manifest-error.js';
import { toolId } from './tool-id.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'connectors-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(folder: string, text: string): string {
  const dir = join(root, folder);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'connector.yaml'), text);
  return join(dir, 'connector.yaml');
}

function thrownBy(work: () => unknown): ManifestError {
  try {
    work();
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('loadConnectors', () => {
  it('reads every direct subfolder with a manifest, and nothing else', () => {
    write('acme', stringify(acmeManifest()));
    write('notes/deeper', 'not: [a manifest');
    writeFileSync(join(root, 'connector.yaml'), 'not a manifest either');
    const registry = loadConnectors([root]);
    expect(registry.all().map(({ id }) => id)).toEqual(['acme']);
    expect(registry.get('acme')?.name).toBe('Acme');
    expect(registry.get('zendesk')).toBeNull();
    expect(registry.findTool('acme_item_get')).toMatchObject({
      connector: { id: 'acme' },
      tool: { title: 'Read an item' },
    });
    expect(registry.findTool('constructor')).toBeNull();
  });

  it('finds a tool by its other names too, and refuses a name that two tools go by', () => {
    const manifest = acmeManifest();
    Object.assign(manifest.tools.acme_item_get ?? {}, { aliases: ['acme_get_item'] });
    write('acme', stringify(manifest));
    const registry = loadConnectors([root]);
    expect(registry.findTool('acme_get_item')?.tool.name).toBe('acme_item_get');
    Object.assign(manifest.tools.acme_item_note ?? {}, { aliases: ['acme_get_item'] });
    write('acme', stringify(manifest));
    expect(thrownBy(() => loadConnectors([root])).message).toMatch(/goes by the name acme_get_item/);
    Object.assign(manifest.tools.acme_item_note ?? {}, { aliases: ['get_item'] });
    write('acme', stringify(manifest));
    expect(thrownBy(() => loadConnectors([root])).message).toMatch(/lacks the connector/);
  });

  it('names the file and the line of what is not YAML', () => {
    const file = write('acme', 'id: acme\n  name: [');
    expect(thrownBy(() => loadConnectors([root])).message).toMatch(
      new RegExp(`^${file}: \\$: This is not YAML: .* at line 1, column 5`, 's'),
    );
  });

  it('refuses a key that is given twice, and aliases that multiply', () => {
    write('acme', 'id: acme\nid: other');
    expect(thrownBy(() => loadConnectors([root])).problem).toMatch(/unique/);
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map(
          (key, index) =>
            `${key}: &${key} [${'abcdefgh'
              .charAt(index)
              .replace(/./, (from) => Array.from({ length: 9 }, () => `*${from}`).join(','))}]`,
        ),
    ];
    write('acme', bomb.join('\n'));
    expect(thrownBy(() => loadConnectors([root])).problem).toBe('Its aliases expand without end.');
  });

  it('names a folder that is not there', () => {
    expect(thrownBy(() => loadConnectors([join(root, 'none')])).message).toMatch(
      /none: \$: This folder of connectors cannot be read/,
    );
  });

  it('refuses two connectors of one id, and two tools of one name', () => {
    write('acme', stringify(acmeManifest()));
    write('acme2', stringify(acmeManifest()));
    expect(thrownBy(() => loadConnectors([root])).problem).toBe('Another connector has this id.');
  });
});

type Manifest = ReturnType<typeof acmeManifest>;
type Bend = (manifest: Manifest) => unknown;

const get = (manifest: Manifest) => manifest.tools.acme_item_get ?? {};
const note = (manifest: Manifest) => manifest.tools.acme_item_note ?? {};
const firstStep = (manifest: Manifest) => (note(manifest).steps as object[])[0] ?? {};

describe('a manifest', () => {
  it('is accepted as it stands', () => {
    expect(() => compileManifest(acmeManifest())).not.toThrow();
  });

  it('O10 asks for what its tools need, and for what identity and refresh need', () => {
    const manifest = acmeManifest();
    Object.assign(manifest.auth[0] ?? {}, { scopes: { default: ['notes:write', 'offline'], base: ['offline'] } });
    expect(compileManifest(manifest).auth.defaultScopes).toEqual(['notes:write', 'offline']);
  });

  it.each<[string, Bend, string, RegExp]>([
    [
      'an unknown key',
      (m) => Object.assign(m.http, { base: 'x' }),
      '$.http',
      /“base” is not known here\. Use baseUrl, hosts/,
    ],
    ['a missing part', (m) => Object.assign(m, { http: undefined }), '$', /“http” is missing\. Add it/],
    ['another schema', (m) => Object.assign(m, { schema: 'connector/v2' }), '$.schema', /Write connector\/v1/],
    [
      'a value of the wrong type',
      (m) => Object.assign(m.http, { timeoutMs: '10' }),
      '$.http.timeoutMs',
      /Give integer/,
    ],
    [
      'plain http',
      (m) => Object.assign(m.http, { baseUrl: 'http://acme.example' }),
      '$.http.baseUrl',
      /must match \^https/,
    ],
    ['a whole top-level domain', (m) => Object.assign(m.http, { hosts: ['example'] }), '$.http.hosts.0', /must match/],
    [
      'a scope that no tool needs (O10)',
      (m) => Object.assign(m.auth[0] ?? {}, { scopes: { default: ['notes:write', 'everything'] } }),
      '$.auth.0.scopes.default',
      /“everything” is asked for, and no tool needs it/,
    ],
    [
      'a base scope that is not asked for',
      (m) => Object.assign(m.auth[0] ?? {}, { scopes: { default: ['notes:write'], base: ['offline'] } }),
      '$.auth.0.scopes.base',
      /“offline” is not asked for/,
    ],
    [
      'answers with an issuer that nobody knows',
      (m) => Object.assign(m.auth[0]?.authorize ?? {}, { answersWithIssuer: true }),
      '$.auth.0.authorize.answersWithIssuer',
      /Name the issuer too/,
    ],
    [
      'the credential’s header',
      (m) => Object.assign(m.http, { headers: { authorization: 'x' } }),
      '$.http.headers.authorization',
      /not the manifest’s/,
    ],
    [
      'a variable in a header',
      (m) => Object.assign(m.http, { headers: { 'x-a': '${params.region}' } }),
      '$.http.headers.x-a',
      /constant/,
    ],
    [
      'a line end in a header',
      (m) => Object.assign(m.http, { headers: { 'x-a': 'a\nb' } }),
      '$.http.headers.x-a',
      /constant/,
    ],
    [
      'an unknown variable in a URL',
      (m) => Object.assign(m.http, { baseUrl: 'https://${params.host}' }),
      '$.http.baseUrl',
      /no variable “params\.host”/,
    ],
    [
      'a default outside of its values',
      (m) => Object.assign(m, { params: { region: { type: 'string', enum: ['us'], default: 'eu', source: 'user' } } }),
      '$.params.region.default',
      /must be one of us/,
    ],
    [
      'a lookup that lacks a value',
      (m) => Object.assign(m, { vars: { host: { by: 'params.region', us: 'a.acme.example' } } }),
      '$.vars.host',
      /no entry for “eu”/,
    ],
    [
      'a lookup by nothing',
      (m) => Object.assign(m, { vars: { host: { by: 'params.zone', us: 'x' } } }),
      '$.vars.host.by',
      /no list of values/,
    ],
    [
      'an access rule on an unknown fact',
      (m) => Object.assign(m, { access: [{ id: 'x', applies: 'all', require: { age: 3 }, reason: 'r' }] }),
      '$.access.0.require',
      /“age” is not a fact.*seat, plan/,
    ],
    [
      'an access rule for an unknown tool',
      (m) => Object.assign(m, { access: [{ id: 'x', applies: ['acme_x'], require: { seat: true }, reason: 'r' }] }),
      '$.access.0.applies',
      /no tool “acme_x”/,
    ],
    [
      'an error rule about nothing',
      (m) => Object.assign(m, { errors: [{ when: { text: 'x' }, code: 'conflict' }] }),
      '$.errors.0.when.text',
      /nothing that an answer has/,
    ],
    [
      'a regular expression that is none',
      (m) => Object.assign(m, { errors: [{ when: { 'body.a': '/(/' }, code: 'conflict' }] }),
      '$.errors.0.when.body.a',
      /not a regular expression/,
    ],
    [
      'an unknown error code',
      (m) => Object.assign(m, { errors: [{ when: { status: 400 }, code: 'oops' }] }),
      '$.errors.0.code',
      /Use invalid_arguments/,
    ],
    [
      'a captured parameter that is not declared',
      (m) => Object.assign(m.auth[0]?.identity as object, { params: { zone: '$.zone' } }),
      '$.auth.0.identity.params',
      /“zone” is not a parameter/,
    ],
    [
      'a tool without the prefix',
      (m) => Object.assign(m.tools, { list_items: get(m) }),
      '$.tools.list_items',
      /Call it acme_list_items/,
    ],
    [
      'a reading tool that deletes',
      (m) => Object.assign(get(m), { request: { method: 'DELETE', path: '/items/${args.item_id}' } }),
      '$.tools.acme_item_get.annotations',
      /readOnly: false/,
    ],
    [
      'a GET that says it writes',
      (m) => Object.assign(note(m), { request: { method: 'GET', path: '/items' } }),
      '$.tools.acme_item_note.annotations',
      /A GET does not write/,
    ],
    [
      'an unknown variable in a path',
      (m) => Object.assign(get(m), { request: { method: 'GET', path: '/items/${args.id}' } }),
      '$.tools.acme_item_get.request.path',
      /no variable “args\.id” here/,
    ],
    [
      'an output of a step that is not there',
      (m) => Object.assign(note(m), { request: { method: 'POST', path: '/x', body: { a: '${steps.who.id}' } } }),
      '$.tools.acme_item_note.request.body.a',
      /no variable “steps\.who\.id”/,
    ],
    [
      'five steps',
      (m) => Object.assign(note(m), { steps: Array.from({ length: 5 }, () => firstStep(m)) }),
      '$.tools.acme_item_note.steps',
      /must NOT have more than 4 items/,
    ],
    [
      'two steps of one id',
      (m) => Object.assign(note(m), { steps: [firstStep(m), firstStep(m)] }),
      '$.tools.acme_item_note.steps.1.id',
      /taken/,
    ],
    [
      'a step that writes',
      (m) => Object.assign(firstStep(m), { request: { method: 'POST', path: '/x' } }),
      '$.tools.acme_item_note.steps.0.request.method',
      /A step only reads/,
    ],
    [
      'free text without an audit rule',
      (m) => Object.assign(note(m), { audit: { arguments: { text: 'redact' }, result: {} } }),
      '$.tools.acme_item_note.audit.arguments',
      /“owner” takes free text and has no rule/,
    ],
    [
      'a list without a pagination',
      (m) => Object.assign(m.tools.acme_items_list ?? {}, { paginate: 'pages' }),
      '$.tools.acme_items_list.paginate',
      /Use one of items/,
    ],
    [
      'a list without a limit',
      (m) => Object.assign(m.tools.acme_items_list ?? {}, { input: { type: 'object' } }),
      '$.tools.acme_items_list.input.properties.limit',
      /Paging needs a limit/,
    ],
    [
      'a schema keyword that not every model knows',
      (m) => Object.assign(get(m), { input: { type: 'object', oneOf: [] } }),
      '$.tools.acme_item_get.input',
      /“oneOf” is not known/,
    ],
    [
      'a rule about no argument',
      (m) => Object.assign(get(m), { inputRules: { atLeastOne: ['x'] } }),
      '$.tools.acme_item_get',
      /“x” is not a property of input/,
    ],
    [
      'a pattern that does not compile',
      (m) =>
        Object.assign(get(m), {
          input: { type: 'object', properties: { item_id: { type: 'string', pattern: '^[' } }, required: ['item_id'] },
        }),
      '$.tools.acme_item_get.input',
      /does not compile/,
    ],
  ])('with %s is refused, naming the place and the remedy', (_, bend, path, message) => {
    const manifest = acmeManifest();
    bend(manifest);
    const error = thrownBy(() => compileManifest(JSON.parse(JSON.stringify(manifest)), '/c/acme/connector.yaml'));
    expect(error.path).toBe(path);
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(`/c/acme/connector.yaml: ${path}: `)).toBe(true);
  });
});

describe('toolId', () => {
  it('is an id of ours that never changes', () => {
    expect(toolId('intercom_conversations_list')).toBe('tol_7CYYJ9GZN160ZVNTM7NN1DYZ7M');
    expect(isId('tool', toolId('a'))).toBe(true);
    expect(toolId('a')).not.toBe(toolId('b'));
  });
});
