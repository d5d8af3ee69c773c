import { createHash } from 'node:crypto';
import type { ToolDefinition } from '#app/connector-kit';

const known = new WeakMap<ToolDefinition, string>();

/**
 * Digest of a tool: of what it says of itself, which a model and the person who chose it go by, and of what it does with that:
 * what is asked of which host, and what of the answer is shown. When a release or a manifest changes any of it, the digest is
 * another one. The order of members does not matter.
 */
export function digestOf(tool: ToolDefinition): string {
  let digest = known.get(tool);
  if (digest === undefined) {
    const { name, title, description, inputSchema, annotations, scopes, source } = tool;
    const text = JSON.stringify(sorted({ name, title, description, inputSchema, annotations, scopes, source }));
    digest = createHash('sha256').update(text).digest('base64url');
    known.set(tool, digest);
  }
  return digest;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
