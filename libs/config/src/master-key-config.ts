import type { Secret } from '#app/kernel';

/** Where a master key is: here, or in a service that wraps and unwraps with it and never gives it out. */
export type MasterKeyConfig =
  /** 32 bytes, base64, from the environment. */
  | { readonly from: 'environment'; readonly key: Secret }
  /** A file of mode 0600, made at first boot (development only). */
  | { readonly from: 'file'; readonly path: string }
  | AwsKmsConfig
  | GcpKmsConfig
  | VaultTransitConfig;

/** `aws-kms://<region>/<key id, alias/… or ARN>`; credentials as the AWS SDK finds them. */
export interface AwsKmsConfig {
  readonly from: 'aws-kms';
  readonly region: string;
  readonly keyId: string;
  /** Null: the region's own. */
  readonly endpoint: string | null;
}

/** `gcp-kms://projects/…/locations/…/keyRings/…/cryptoKeys/…`; application default credentials. */
export interface GcpKmsConfig {
  readonly from: 'gcp-kms';
  /** `projects/…/cryptoKeys/…` */
  readonly keyName: string;
  /** Null: Google's own. */
  readonly endpoint: string | null;
}

/** `vault-transit://<host>[:<port>]/<mount>/<key>` of HashiCorp Vault or OpenBao. */
export interface VaultTransitConfig {
  readonly from: 'vault-transit';
  /** Origin of the server. */
  readonly address: string;
  readonly mount: string;
  readonly keyName: string;
  readonly namespace: string | null;
  /** From `VAULT_TOKEN`. */
  readonly token: Secret | null;
  /** Read again for every request, since an agent renews it. */
  readonly tokenFile: string | null;
  /** A key of its own in the service for every tenant, deleted when the tenant is shredded. */
  readonly perTenant: boolean;
}

/** The rule that a text breaks; begins behind the name of the variable, and repeats nothing of the text. */
export class MasterKeyRule extends Error {}

const SERVICES = 'aws-kms://, gcp-kms:// or vault-transit://';
const BASE64_KEY = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Reads the text of a variable. Throws {@link MasterKeyRule}. */
export function readMasterKey(
  text: string,
  secret: (text: string) => Secret,
  vaultToken: Secret | null,
): MasterKeyConfig {
  const scheme = /^([a-z-]+):\/\//.exec(text)?.[1];
  if (scheme === undefined) {
    if (BASE64_KEY.test(text)) return { from: 'environment', key: secret(text) };
    throw new MasterKeyRule(
      `must be 32 bytes in base64 (make one with \`openssl rand -base64 32\`), or name a key service by a URL that begins with ${SERVICES}`,
    );
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new MasterKeyRule('must be a plain URL: no user, password or fragment (a token goes into VAULT_TOKEN)');
  if (scheme === 'aws-kms') return awsKms(url);
  if (scheme === 'gcp-kms') return gcpKms(url);
  if (scheme === 'vault-transit') return vaultTransit(url, vaultToken);
  throw new MasterKeyRule(`must begin with ${SERVICES} when it names a key service`);
}

function awsKms(url: URL): AwsKmsConfig {
  const options = optionsOf(url, ['endpoint']);
  const keyId = decodeURIComponent(url.pathname.slice(1));
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(url.hostname) || !/^(arn:aws[\w-]*:kms:|alias\/|mrk-)?[\w:/-]+$/.test(keyId))
    throw new MasterKeyRule(
      'must look like aws-kms://eu-central-1/alias/gatehouse (or a key id or ARN behind the region)',
    );
  return { from: 'aws-kms', region: url.hostname, keyId, endpoint: endpointOf(options) };
}

function gcpKms(url: URL): GcpKmsConfig {
  const options = optionsOf(url, ['endpoint']);
  const keyName = `${url.hostname}${url.pathname}`;
  if (!/^projects\/[\w.:-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/.test(keyName))
    throw new MasterKeyRule('must look like gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/k');
  return { from: 'gcp-kms', keyName, endpoint: endpointOf(options) };
}

function vaultTransit(url: URL, token: Secret | null): VaultTransitConfig {
  const options = optionsOf(url, ['namespace', 'token_file', 'per_tenant', 'plain_http']);
  const parts = /^\/([\w./-]+)\/([\w-]+)$/.exec(url.pathname);
  if (parts === null || url.host === '')
    throw new MasterKeyRule(
      'must look like vault-transit://vault.example.com:8200/transit/gatehouse (mount and key behind the host)',
    );
  const [, mount = '', keyName = ''] = parts;
  const tokenFile = options.get('token_file') ?? null;
  if (token === null && tokenFile === null)
    throw new MasterKeyRule(
      'needs a token for the transit service: set VAULT_TOKEN, or add ?token_file=/path to the URL',
    );
  const address = `${isTrue(options, 'plain_http') ? 'http' : 'https'}://${url.host}`;
  return {
    from: 'vault-transit',
    address: checkedAddress(address),
    mount,
    keyName,
    namespace: options.get('namespace') ?? null,
    token,
    tokenFile,
    perTenant: isTrue(options, 'per_tenant'),
  };
}

function optionsOf(url: URL, known: readonly string[]): URLSearchParams {
  const strange = [...url.searchParams.keys()].filter((name) => !known.includes(name));
  if (strange.length > 0)
    throw new MasterKeyRule(`has an option in its URL that does not exist; there are: ${known.join(', ')}`);
  return url.searchParams;
}

const endpointOf = (options: URLSearchParams): string | null => {
  const endpoint = options.get('endpoint');
  return endpoint === null ? null : checkedAddress(endpoint);
};

/** Data keys travel by it: in the clear at most within this machine, for tests. */
function checkedAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  const loopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback)))
    throw new MasterKeyRule('must reach its service by https (plain http only on this machine itself)');
  return url.origin;
}

function isTrue(options: URLSearchParams, name: string): boolean {
  const value = options.get(name) ?? 'false';
  if (value !== 'true' && value !== 'false')
    throw new MasterKeyRule(`has the option ${name}, which must be true or false`);
  return value === 'true';
}
