import type { McpSdk } from '../mcp-sdk.js';

/**
 * Whether a request is meant for this server and comes from no foreign page. A page in a browser could point its own name at this
 * machine (DNS rebinding), or post here with what the browser knows; programs send no `Origin`, and are let through.
 */
export class OwnHosts {
  private readonly names: string[];

  constructor(
    private readonly sdk: McpSdk,
    publicUrl: string,
  ) {
    const { hostname } = new URL(publicUrl);
    const local = sdk.localhostAllowedHostnames();
    this.names = local.includes(hostname) ? local : [hostname];
  }

  /** What is wrong, for the one who runs the client; null when nothing is. */
  problemOf(host: string | undefined, origin: string | undefined): string | null {
    if (!this.sdk.validateHostHeader(host, this.names).ok)
      return 'This server is not known by that host name. Use the URL that it is configured with (PUBLIC_URL).';
    if (!this.sdk.validateOriginHeader(origin, this.names).ok) return 'Requests from pages of other sites are refused.';
    return null;
  }
}
