const GRANT_TYPES = ['authorization_code', 'refresh_token'];

/** What of a client's own description means something here. */
const KNOWN = [
  'client_id',
  'client_name',
  'client_uri',
  'redirect_uris',
  'application_type',
  'token_endpoint_auth_method',
  'token_endpoint_auth_methods_supported',
  'jwks',
  'jwks_uri',
] as const;

/**
 * A client's description without what the OAuth library would refuse it for. `scope` would also stand in the way of asking for
 * more later; many ask for grant types that no server lists; and a client that doesn't say what it is, is a program on somebody's
 * machine, whose redirects go to a port of its choice or a scheme of its own.
 */
export function supportedMetadata(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = Object.fromEntries(KNOWN.filter((name) => name in document).map((name) => [name, document[name]]));
  const wanted = document['grant_types'];
  const grants = Array.isArray(wanted) ? GRANT_TYPES.filter((type) => wanted.includes(type)) : GRANT_TYPES;
  const redirects = document['redirect_uris'];
  return {
    ...known,
    application_type: applicationType(known['application_type'], redirects),
    grant_types: grants.includes('authorization_code') ? grants : GRANT_TYPES,
    response_types: ['code'],
  };
}

/** Who asks to register has no secret: nothing that the client can keep from others would be gained by one. */
export const registrationOf = (body: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const { jwks: _keys, jwks_uri: _address, client_id: _id, ...rest } = supportedMetadata(body);
  delete rest['token_endpoint_auth_methods_supported'];
  return { ...rest, token_endpoint_auth_method: 'none' };
};

/** Some say `web` and then come back to this machine. */
function applicationType(said: unknown, redirects: unknown): 'web' | 'native' {
  const all = Array.isArray(redirects) ? redirects : [];
  const web = all.length > 0 && all.every((each) => typeof each === 'string' && each.startsWith('https://'));
  return said === 'web' && web ? 'web' : 'native';
}
