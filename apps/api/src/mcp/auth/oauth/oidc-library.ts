/** The OAuth library. Loaded at first use: an installation without the MCP door does without it. */
export type OidcLibrary = typeof import('oidc-provider');

export const loadOidcLibrary = (): Promise<OidcLibrary> => import('oidc-provider');
