import type { AppConfig } from '#app/config';
import type { SigningKey } from '#app/identity';
import type { ClientMetadata, Configuration, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { MCP_SCOPES, type McpResource } from '../../caller.js';
import type { McpResources } from '../mcp-resources.js';
import type { ClientDocuments } from './client-documents.js';
import { accountIdOf, endUserOf } from './end-user.js';
import { renderOAuthError } from './error-page.js';
import { INTERACTION_PATH, OAUTH_PATHS } from './oauth-paths.js';
import { OWN_PAGES } from './sign-in-first.js';
import { RecordAdapter, type AdapterParts } from './record-adapter.js';
import { vaultSigningKey } from './vault-signing-key.js';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** In seconds. A user is asked again after a quarter of a year; an application that is not used for a month has to ask sooner. */
export const LIFETIMES = {
  AccessToken: 10 * MINUTE,
  AuthorizationCode: MINUTE,
  Grant: 90 * DAY,
  IdToken: 10 * MINUTE,
  Interaction: 15 * MINUTE,
  RefreshToken: 30 * DAY,
  Session: DAY,
} as const;

export interface ProviderParts extends AdapterParts {
  readonly config: Pick<AppConfig, 'http'>;
  readonly resources: McpResources;
  readonly documents: ClientDocuments;
  readonly key: SigningKey;
}

/** How the OAuth library is to behave: code flow with PKCE for public clients, tokens for one URL each, and nothing else. */
export function providerSettings(parts: ProviderParts): Configuration {
  return {
    adapter: (kind: string) => new RecordAdapter(kind, parts),
    jwks: { keys: [vaultSigningKey(parts.library, parts.key)] },
    routes: OAUTH_PATHS,
    ttl: LIFETIMES,
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'private_key_jwt'],
    clientDefaults: { application_type: 'native', grant_types: ['authorization_code', 'refresh_token'] },
    clients: [ownPages()],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: () => true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    clientBasedCORS: () => true,
    cookies: cookiesFor(parts.config.http.publicUrl),
    features: features(parts),
    formats: { customizers: { jwt: nameUserAndTenant } },
    interactions: { url: (_ctx, { uid }) => `${INTERACTION_PATH}/${uid}`, policy: interactionPolicy(parts) },
    findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    loadExistingGrant: grantOfThisConsent,
    renderError: renderOAuthError,
    // Of the library's own requests: for documents of clients and their keys
    fetch: (url: string | URL | Request) => parts.documents.fetch(url instanceof Request ? url.url : String(url)),
  };
}

const ownPages = (): ClientMetadata => ({
  client_id: OWN_PAGES.clientId,
  redirect_uris: [OWN_PAGES.redirectUri],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
});

function features({ documents, resources, library }: ProviderParts): NonNullable<Configuration['features']> {
  const resourceOf = async (url: string): Promise<McpResource> => {
    const resource = await resources.of(url);
    if (resource === null) throw new library.errors.InvalidTarget('there is no such MCP server here');
    return resource;
  };
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    // On unless they are turned off, and said of us to clients. A token that is bound to a key would be taken from whoever bears it
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    registration: { enabled: true, issueRegistrationAccessToken: false },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    rpMetadataChoices: { enabled: true },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    clientIdMetadataDocument: {
      enabled: documents.accepted,
      ack: 'draft-02',
      allowFetch: async (_ctx: unknown, clientId: string) => documents.mayFetch(clientId),
    },
    resourceIndicators: {
      enabled: true,
      // An old client names none: there must be only one that it can mean
      defaultResource: async (_ctx, _client, oneOf) =>
        oneOf ?? (await resources.only())?.url ?? (await resourceOf('')).url,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, url) => serverInfo(await resourceOf(url)),
    },
  };
}

const serverInfo = ({ url, readOnly }: McpResource): ResourceServer => ({
  scope: readOnly ? 'mcp:read' : MCP_SCOPES.join(' '),
  audience: url,
  accessTokenFormat: 'jwt',
  accessTokenTTL: LIFETIMES.AccessToken,
  jwt: { sign: { alg: 'RS256' } },
});

/** `__Host-` keeps other hosts of the domain from planting a session. The other cookies are bound to one path each. */
function cookiesFor(publicUrl: string): NonNullable<Configuration['cookies']> {
  const secure = publicUrl.startsWith('https:');
  const [host, path] = secure ? ['__Host-', '__Secure-'] : ['', ''];
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true } as const;
  return {
    names: {
      session: `${host}gatehouse-agents`,
      interaction: `${path}gatehouse-interaction`,
      resume: `${path}gatehouse-resume`,
    },
    long: { ...options, path: '/' },
    short: options,
  };
}

/** The guard reads tenant and user from these, as it does from tokens that a back end made. */
const nameUserAndTenant: NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt'] = (
  _ctx,
  token,
  { payload },
) => {
  const user = endUserOf(String(payload['sub']));
  if (user === null || token.kind !== 'AccessToken') throw new Error('An access token without a user was to be made');
  payload['sub'] = user.identifier;
  payload['tenant_id'] = user.tenantId;
  payload['grant'] = token.grantId;
};

/** Every authorization is allowed anew: what was allowed to an application once, on one machine, says nothing of the next. */
async function grantOfThisConsent({ oidc }: KoaContextWithOIDC) {
  const grantId = oidc.result?.consent?.grantId;
  return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId);
}

/** Besides the library's own reasons to ask for a sign-in: the session is of a user of another tenant. */
function interactionPolicy({ library, resources }: ProviderParts) {
  const { base, Check } = library.interactionPolicy;
  const policy = base();
  const otherTenant = new Check('other_tenant', 'the session is of another tenant', async ({ oidc }) => {
    const user = endUserOf(oidc.session?.accountId ?? '');
    const resource = await resources.of(textOf(oidc.params?.['resource']));
    const same = user !== null && user.tenantId === resource?.tenantId && accountIdOf(user) === oidc.session?.accountId;
    return same ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  });
  policy.get('login')?.checks.add(otherTenant);
  return policy;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
