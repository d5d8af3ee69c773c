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

/** Where a tenant's own issuer sends its users back to. */
export const SIGN_IN_CALLBACK = '/oauth2/sign-in/callback';

/** Where users see which applications may act for them. */
export const APPS_PATH = '/oauth2/apps';
