import type { TenantId } from '#app/kernel';

/** Where the OAuth server of the MCP door answers. `/oauth/token` is another thing: that of API clients. */
export const OAUTH_PATHS = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  registration: '/oauth2/register',
  revocation: '/oauth2/revoke',
  jwks: '/oauth2/jwks',
  end_session: '/oauth2/end-session',
} as const;

/** A page of ours within an authorization: signing in, or allowing. */
export const INTERACTION_PATH = '/oauth2/interaction';

/** Both are the same document: MCP clients try one or the other. */
export const DISCOVERY_PATHS = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
] as const;

/** Where the issuers of tenants send their users back to. */
export const SIGN_IN_CALLBACK = '/oauth2/sign-in/callback';

/**
 * Where a tenant's own issuer sends its users back to. No two tenants share one: the issuer of one could send a user on to that of
 * another, and would be handed the code that comes of it (RFC 9700, 4.4).
 */
export const signInCallbackOf = (tenantId: TenantId): string => `${SIGN_IN_CALLBACK}/${tenantId}`;

/** Where users see which applications may act for them. */
export const APPS_PATH = '/oauth2/apps';
