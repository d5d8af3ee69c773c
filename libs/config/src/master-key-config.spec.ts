import { Secret } from '#app/kernel';
import { ConfigError, loadConfig } from './load-config.js';
import { readMasterKey, type MasterKeyConfig } from './master-key-config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const read = (text: string, token: Secret | null = null): MasterKeyConfig =>
  readMasterKey(text, (key) => new Secret(key), token);

describe('the master key of the configuration', () => {
  it('is 32 bytes in base64', () => {
    expect(read(KEY)).toMatchObject({ from: 'environment' });
  });

  it.each([
    ['aws-kms://eu-central-1/alias/gatehouse', { from: 'aws-kms', region: 'eu-central-1', keyId: 'alias/gatehouse' }],
    [
      'aws-kms://eu-central-1/arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      { keyId: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab', endpoint: null },
    ],
    [
      'gcp-kms://projects/p-1/locations/global/keyRings/r/cryptoKeys/k?endpoint=http://127.0.0.1:9',
      {
        from: 'gcp-kms',
        keyName: 'projects/p-1/locations/global/keyRings/r/cryptoKeys/k',
        endpoint: 'http://127.0.0.1:9',
      },
    ],
    [
      'vault-transit://vault.example.com:8200/transit/gatehouse?namespace=team&per_tenant=true&token_file=/run/token',
      {
        from: 'vault-transit',
        address: 'https://vault.example.com:8200',
        mount: 'transit',
        keyName: 'gatehouse',
        namespace: 'team',
        perTenant: true,
        tokenFile: '/run/token',
      },
    ],
    [
      'vault-transit://127.0.0.1:8200/a/transit/gatehouse?plain_http=true&token_file=/t',
      { address: 'http://127.0.0.1:8200', mount: 'a/transit', keyName: 'gatehouse', perTenant: false },
    ],
  ])('may be in a key service: %s', (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it.each([
    ['a key that is too short', Buffer.alloc(16).toString('base64'), '32 bytes'],
    ['a service that does not exist', 'azure-kms://x/y', 'aws-kms://, gcp-kms:// or vault-transit://'],
    ['no region', 'aws-kms://alias/gatehouse', 'aws-kms://eu-central-1/alias/gatehouse'],
    ['half a name', 'gcp-kms://projects/p/cryptoKeys/k', 'gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/k'],
    ['no key', 'vault-transit://vault.example.com/transit?token_file=/t', 'mount and key behind the host'],
    ['no token', 'vault-transit://vault.example.com/transit/gatehouse', 'VAULT_TOKEN'],
    ['a password in the URL', 'vault-transit://user:canary@vault.example.com/transit/k', 'VAULT_TOKEN'],
    ['an option that does not exist', 'aws-kms://eu-central-1/alias/x?endpint=https://x', 'there are: endpoint'],
    ['an option that is neither', 'vault-transit://h/t/k?token_file=/t&per_tenant=yes', 'true or false'],
    ['plain http over a network', 'vault-transit://vault.example.com/t/k?token_file=/t&plain_http=true', 'https'],
    ['a plain endpoint over a network', 'aws-kms://eu-central-1/alias/x?endpoint=http://10.0.0.1', 'https'],
  ])('refuses %s', (_, text, rule) => {
    expect(() => read(text)).toThrow(rule);
    expect(() => read(text)).not.toThrow('canary');
  });

  it('takes the token from VAULT_TOKEN', () => {
    expect(read('vault-transit://h/t/k', new Secret('t'))).toMatchObject({ token: expect.any(Secret) as Secret });
  });

  it('names the variable at fault, of the three that hold master keys', () => {
    const given = {
      GATEHOUSE_MASTER_KEY: `${KEY},${KEY}`,
      GATEHOUSE_MASTER_KEY_NEXT: 'x',
      GATEHOUSE_MASTER_KEY_PREVIOUS: 'y://z',
    };
    const problems = (): readonly string[] => {
      try {
        loadConfig(given);
        return [];
      } catch (error) {
        return error instanceof ConfigError ? error.problems : [];
      }
    };
    expect(problems()).toEqual([
      expect.stringMatching(/^GATEHOUSE_MASTER_KEY must be one key/),
      expect.stringMatching(/^GATEHOUSE_MASTER_KEY_NEXT must be 32 bytes/),
      expect.stringMatching(/^GATEHOUSE_MASTER_KEY_PREVIOUS must begin with/),
    ]);
    const other = Buffer.alloc(32, 8).toString('base64');
    expect(loadConfig({ GATEHOUSE_MASTER_KEY: KEY, GATEHOUSE_MASTER_KEY_PREVIOUS: `${other}, ${KEY}` })).toMatchObject({
      otherMasterKeys: { next: [], previous: [{ from: 'environment' }, { from: 'environment' }] },
    });
  });
});
