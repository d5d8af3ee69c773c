/** The official SDK of the protocol. With its schemas it takes as much memory as all of our own code. */
export type McpSdk = typeof import('@modelcontextprotocol/server');

let sdk: McpSdk | null = null;

/** Loads it at the first request of an MCP client: an installation whose agents come by other doors does without it. */
export async function loadMcpSdk(): Promise<McpSdk> {
  sdk ??= await import('@modelcontextprotocol/server');
  return sdk;
}

/** For what runs within a request, which the door lets in only once it is there. */
export function mcpSdk(): McpSdk {
  if (sdk === null) throw new Error('The MCP SDK is used before the MCP door has loaded it');
  return sdk;
}
