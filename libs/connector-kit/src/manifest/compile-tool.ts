import { closeSchema, compileArguments, type InputSchema } from '../arguments/compile-arguments.js';
import type { AuditRules, HttpSettings, ToolDefinition, ToolOutput, ToolPlan, ToolSource } from '../connector.js';
import { compileProjection, pathOf } from '../projection/compile-projection.js';
import { compileRequest } from '../run/request-plan.js';
import type { Variables } from '../template/variables.js';
import { compilePagination } from './compile-pagination.js';
import { compileSteps } from './compile-steps.js';
import type { AuditManifest, Manifest, PropertyManifest, ToolManifest } from './manifest.js';
import type { ManifestPlace } from './manifest-error.js';
import { toolId } from './tool-id.js';

export interface ToolContext {
  readonly manifest: Manifest;
  readonly http: HttpSettings;
  /** Those of the connection; the tool's own come on top. */
  readonly variables: Variables;
}

/** Compiles one tool. */
export function compileTool(
  name: string,
  tool: ToolManifest,
  context: ToolContext,
  place: ManifestPlace,
): ToolDefinition {
  for (const each of [name, ...(tool.aliases ?? [])]) checkName(each, context.manifest.id, place);
  checkAnnotations(tool, place);
  const inputSchema = closeSchema(tool.input);
  const check = compileArguments(inputSchema, tool.inputRules ?? {}, place);
  return {
    id: toolId(name),
    name,
    aliases: tool.aliases ?? [],
    title: tool.title,
    description: tool.description.trim(),
    inputSchema,
    annotations: tool.annotations,
    scopes: tool.scopes ?? [],
    arguments: check,
    audit: compileAudit(tool.audit, check.properties, place.at('audit')),
    plan: compilePlan(tool, inputSchema, context, place),
    source: sourceOf(tool, context.manifest),
  };
}

function sourceOf(tool: ToolManifest, { http, params = {}, vars = {}, pagination = {} }: Manifest): ToolSource {
  const { baseUrl, hosts, headers = {} } = http;
  const pages = tool.paginate === undefined ? null : (pagination[tool.paginate] ?? null);
  return { tool, http: { baseUrl, hosts, headers }, params, vars, pagination: pages };
}

function checkName(name: string, connector: string, place: ManifestPlace): void {
  const prefix = `${connector.replaceAll('-', '_')}_`;
  if (!name.startsWith(prefix))
    throw place.error('The name lacks the connector’s prefix.', `Call it ${prefix}${name}.`);
}

function checkAnnotations({ annotations, request }: ToolManifest, place: ManifestPlace): void {
  const { readOnly, destructive } = annotations;
  const writes = destructive || ['PUT', 'PATCH', 'DELETE'].includes(request.method);
  if (readOnly && writes) {
    throw place
      .at('annotations')
      .error('A tool that reads does not destroy, nor use this method.', 'Set readOnly: false.');
  }
  if (!readOnly && request.method === 'GET') {
    throw place.at('annotations').error('A GET does not write.', 'Set readOnly: true, or use the right method.');
  }
}

function compilePlan(tool: ToolManifest, input: InputSchema, context: ToolContext, place: ManifestPlace): ToolPlan {
  const variables = {
    ...context.variables,
    args: argumentVariables(input),
    account: accountVariables(context.manifest),
  };
  const { steps, outputs } = compileSteps(
    tool.steps ?? [],
    { http: context.http, input, variables },
    place.at('steps'),
  );
  const all = { ...variables, steps: outputs };
  const settings = { http: context.http, write: !tool.annotations.readOnly };
  return {
    steps,
    request: compileRequest(tool.request, settings, all, place.at('request')),
    output: compileOutput(tool, context.manifest, all, place),
  };
}

function argumentVariables({ properties, required = [] }: InputSchema): Variables {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      if (property.type === 'object') return [name, 'open' as const];
      return [
        name,
        required.includes(name) || property.default !== undefined ? ('always' as const) : ('maybe' as const),
      ];
    }),
  );
}

function accountVariables({ auth }: Manifest): Variables {
  const { facts = {}, map } = auth[0].identity;
  return {
    principal: {
      id: 'always',
      label: 'maybe',
      tenant: map.tenant === undefined ? 'maybe' : 'always',
      facts: Object.fromEntries(Object.keys(facts).map((name) => [name, 'maybe' as const])),
    },
  };
}

function compileOutput(tool: ToolManifest, manifest: Manifest, variables: Variables, place: ManifestPlace): ToolOutput {
  const { output, paginate } = tool;
  if ('list' in output) {
    const pagination = compilePagination(tool, manifest.pagination ?? {}, place);
    const project = compileProjection(output.items, variables, place.at('output', 'items'));
    return { kind: 'list', name: output.list, project, pagination };
  }
  if (paginate !== undefined) {
    throw place.at('output').error('A paginated tool returns a list.', 'Write { list: name, items: {…} }.');
  }
  return {
    kind: 'value',
    project: compileProjection(output.value, variables, place.at('output', 'value')),
    required: (output.require ?? []).map((path) => pathOf(path, place.at('output', 'require'))),
  };
}

function compileAudit(
  audit: AuditManifest,
  properties: Readonly<Record<string, PropertyManifest>>,
  place: ManifestPlace,
): AuditRules {
  const rules = audit.arguments ?? {};
  const unknown = Object.keys(rules).find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) throw place.at('arguments').error(`“${unknown}” is not an argument.`, 'Remove it.');
  const unruled = Object.entries(properties).find(
    ([name, property]) => isFreeText(property) && rules[name] === undefined,
  );
  if (unruled !== undefined) {
    const [name] = unruled;
    throw place.at('arguments').error(`“${name}” takes free text and has no rule.`, `Write ${name}: redact, or keep.`);
  }
  return {
    redacted: new Set(Object.keys(rules).filter((name) => rules[name] === 'redact')),
    projectResult: compileProjection(audit.result, {}, place.at('result')),
  };
}

/** Text that may hold anything; an anchored pattern or a list of values makes it an id or a choice. */
function isFreeText({ type, enum: choices, pattern }: PropertyManifest): boolean {
  if (type === 'array' || type === 'object') return true;
  const anchored = pattern !== undefined && pattern.startsWith('^') && pattern.endsWith('$');
  return type === 'string' && choices === undefined && !anchored;
}
