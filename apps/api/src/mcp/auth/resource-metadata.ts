import { MCP_SCOPES, type McpResource } from '../caller.js';

/** RFC 9728: where a resource says which OAuth server its tokens come from. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The address of a resource's metadata: the well-known path stands before the path of the resource. */
export function metadataUrl({ url }: McpResource): string {
  const { origin } = new URL(url);
  return origin + METADATA_PATH + url.slice(origin.length);
}

/** `resource` is the URL as clients configure it, to the byte: some compare nothing else. */
export const resourceMetadata = (resource: McpResource, issuer: string): object => ({
  resource: resource.url,
  authorization_servers: [issuer],
  scopes_supported: resource.readOnly ? ['mcp:read'] : [...MCP_SCOPES],
  bearer_methods_supported: ['header'],
  resource_name: resource.name,
});
