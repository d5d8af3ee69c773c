import type { Permission } from '#app/kernel';
import { closeSchema, compileArguments } from '../arguments/compile-arguments.js';
import type { Connector, ToolDefinition } from '../connector.js';
import type { InputManifest } from '../manifest/manifest.js';
import { ManifestPlace } from '../manifest/manifest-error.js';
import { toolId } from '../manifest/tool-id.js';

/** A request of the caller's own to the provider, as far as policy and audit go: a tool like others, but without a plan. */
export interface RequestTool extends Omit<ToolDefinition, 'plan' | 'source'> {
  readonly plan: null;
  /** What the API client needs in place of the permission to execute tools. */
  readonly permission: Permission;
}

/** What a call may be of. */
export type CallableTool = ToolDefinition | RequestTool;

/** What is told of a request to policy and audit. Its headers, the values of its query and its body are nobody's but the provider's. */
const INPUT: InputManifest = {
  type: 'object',
  properties: {
    method: { type: 'string', enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    // Segments that are not empty, nor `.` or `..`; no slash, dot, NUL or backslash in disguise
    path: {
      type: 'string',
      pattern: `^(?!.*%(?:2[eEfF]|5[cC]|00))(?:/(?!\\.{1,2}(?:/|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+/?$`,
      maxLength: 2000,
    },
    query: { type: 'array', items: { type: 'string', maxLength: 200 }, maxItems: 100 },
    content_type: { type: 'string', maxLength: 200, pattern: '^[\\x20-\\x7e]*$' },
    body_bytes: { type: 'integer', minimum: 0 },
  },
  required: ['method', 'path'],
};

const SCHEMA = closeSchema(INPUT);
const ARGUMENTS = compileArguments(SCHEMA, {}, new ManifestPlace('a request to a provider'));

/** Whether a request with this method only reads. */
export const isReading = (method: string): boolean => method === 'GET';

export const requestToolName = (connectorId: string): string => `${connectorId}.request`;

/** The tool that a request through the proxy stands for; `write` when it may change something. */
export function requestTool(connector: Connector, write: boolean): RequestTool {
  const name = requestToolName(connector.id);
  return {
    id: toolId(name),
    name,
    aliases: [],
    title: `Request to ${connector.name}`,
    description: `A request of the caller's own to ${connector.name}.`,
    inputSchema: SCHEMA,
    annotations: { readOnly: !write, destructive: write, idempotent: !write, openWorld: true },
    scopes: [],
    permission: write ? 'proxy:write' : 'proxy:read',
    arguments: ARGUMENTS,
    audit: { redacted: new Set(), projectResult: (result) => result },
    plan: null,
  };
}
