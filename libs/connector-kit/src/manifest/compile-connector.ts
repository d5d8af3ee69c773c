import type { Connector, HttpSettings } from '../connector.js';
import { compileErrorRules } from '../failure/error-rules.js';
import { compileText } from '../template/compile-template.js';
import type { Variables } from '../template/variables.js';
import { paramProblem } from '../endpoints/resolve-params.js';
import { compileAuth } from './compile-auth.js';
import { compileTool } from './compile-tool.js';
import type { HttpManifest, Manifest } from './manifest.js';
import type { ManifestPlace } from './manifest-error.js';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** Headers that others set: the manifest may not reach for the credential or the framing. */
const RESERVED_HEADERS = [
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'transfer-encoding',
];

/**
 * Makes a connector of a manifest whose shape is right: everything it refers to must exist.
 *
 * @throws ManifestError
 */
export function compileConnector(manifest: Manifest, place: ManifestPlace): Connector {
  checkParamsAndVars(manifest, place);
  checkAccess(manifest, place);
  checkScopes(manifest, place);
  const variables = connectionVariables(manifest);
  const http = compileHttp(manifest.http, variables, place.at('http'));
  const tools = Object.entries(manifest.tools).map(([name, tool]) =>
    compileTool(name, tool, { manifest, http, variables }, place.at('tools', name)),
  );
  return {
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    description: manifest.description ?? '',
    categories: manifest.categories ?? [],
    docs: manifest.docs ?? null,
    status: manifest.status ?? 'beta',
    apiVersion: manifest.apiVersion ?? null,
    http,
    params: manifest.params ?? {},
    vars: manifest.vars ?? {},
    auth: compileAuth(manifest.auth[0], { http, params: manifest.params ?? {}, variables }, place.at('auth', 0)),
    access: manifest.access ?? [],
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    errors: compileErrorRules(
      manifest.errors ?? [],
      manifest.errorDetail ?? {},
      manifest.auth[0].refresh !== undefined,
      place,
    ),
  };
}

/** The variables that are known without a call: parameters and what is looked up by them. */
function connectionVariables({ params = {}, vars = {} }: Manifest): Variables {
  const given = Object.entries(params).map(([name, param]) => {
    const always = param.source === 'user' || param.default !== undefined;
    return [name, always ? 'always' : 'maybe'] as const;
  });
  return {
    params: Object.fromEntries(given),
    vars: Object.fromEntries(Object.keys(vars).map((name) => [name, 'always' as const])),
  };
}

function checkParamsAndVars({ params = {}, vars = {} }: Manifest, place: ManifestPlace): void {
  for (const [name, param] of Object.entries(params)) {
    const problem = param.default === undefined ? null : paramProblem(param, param.default);
    if (problem !== null) throw place.at('params', name, 'default').error(`The default ${problem}`, 'Correct it.');
  }
  for (const [name, choices] of Object.entries(vars)) {
    const [, by = ''] = /^params\.(.+)$/.exec(choices.by) ?? [];
    const values = Object.hasOwn(params, by) ? params[by]?.enum : undefined;
    if (values === undefined) {
      throw place
        .at('vars', name, 'by')
        .error(`“${choices.by}” has no list of values.`, 'Name a parameter with an enum.');
    }
    const missing = values.find((value) => !Object.hasOwn(choices, value));
    if (missing !== undefined) throw place.at('vars', name).error(`There is no entry for “${missing}”.`, 'Add it.');
  }
}

function checkAccess({ access = [], auth, tools }: Manifest, place: ManifestPlace): void {
  const facts = Object.keys(auth[0].identity.facts ?? {});
  access.forEach((rule, index) => {
    const unknown = Object.keys(rule.require).find((name) => !facts.includes(name));
    if (unknown !== undefined) {
      const known = facts.join(', ') || 'none';
      throw place
        .at('access', index, 'require')
        .error(`“${unknown}” is not a fact of the identity.`, `Known are ${known}.`);
    }
    const tool = Array.isArray(rule.applies)
      ? rule.applies.find((name: string) => !Object.hasOwn(tools, name))
      : undefined;
    if (tool !== undefined)
      throw place.at('access', index, 'applies').error(`There is no tool “${tool}”.`, 'Name one of tools.');
  });
}

/** A user is asked for nothing that no tool needs. */
function checkScopes({ auth, tools }: Manifest, place: ManifestPlace): void {
  const { default: asked = [], base = [] } = auth[0].scopes ?? {};
  const needed = new Set([...base, ...Object.values(tools).flatMap(({ scopes = [] }) => scopes)]);
  const at = place.at('auth', 0, 'scopes');
  const idle = asked.find((scope) => !needed.has(scope));
  if (idle !== undefined)
    throw at.at('default').error(`“${idle}” is asked for, and no tool needs it.`, 'Remove it, or add it to base too.');
  const unasked = base.find((scope) => !asked.includes(scope));
  if (unasked !== undefined) throw at.at('base').error(`“${unasked}” is not asked for.`, 'Add it to default too.');
}

function compileHttp(http: HttpManifest, variables: Variables, place: ManifestPlace): HttpSettings {
  const headers = http.headers ?? {};
  for (const [name, value] of Object.entries(headers)) {
    if (RESERVED_HEADERS.includes(name.toLowerCase())) {
      throw place.at('headers', name).error('This header is not the manifest’s to set.', 'Remove it.');
    }
    if (!/^[\x20-\x7e]*$/.test(value) || value.includes('${')) {
      throw place.at('headers', name).error('A header is a constant in plain ASCII.', 'Write its value out.');
    }
  }
  return {
    ...http,
    headers,
    timeoutMs: http.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: http.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    renderBaseUrl: compileText(http.baseUrl, variables, place.at('baseUrl')),
  };
}
