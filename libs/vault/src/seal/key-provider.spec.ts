import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { AwsKmsConfig, GcpKmsConfig, VaultTransitConfig } from '#app/config';
import { Secret, newId } from '#app/kernel';
import { AwsKmsDouble, GcpKmsDouble, TransitDouble, type KeyServiceDouble } from '../../test/key-service-doubles.js';
import type { KeyProvider } from './key-provider.js';
import { checkMasterKey } from './check-master-key.js';
import { loadKeyService } from './key-services.js';
import { LocalKeyProvider } from './local-key-provider.js';
import { MasterKey } from './master-key.js';
import { MasterKeys } from './master-keys.js';
import { GcpKmsService } from './services/gcp-kms-service.js';
import { contextBytes, KeyServiceError } from './services/key-service.js';
import { ServiceKeyProvider } from './services/service-key-provider.js';

const TOKEN = 'canary-token-of-the-key-service';

interface Case {
  readonly provider: KeyProvider;
  /** The same kind with another master key. */
  readonly foreign: KeyProvider;
  readonly double: KeyServiceDouble | null;
}

const transit = (origin: string, more: Partial<VaultTransitConfig> = {}): VaultTransitConfig => ({
  from: 'vault-transit',
  address: origin,
  mount: 'transit',
  keyName: 'gatehouse',
  namespace: null,
  token: new Secret(TOKEN),
  tokenFile: null,
  perTenant: false,
  ...more,
});
const aws = (endpoint: string, keyId: string): AwsKmsConfig => ({
  from: 'aws-kms',
  region: 'eu-central-1',
  keyId,
  endpoint,
});
const gcp = (endpoint: string, key: string): GcpKmsConfig => ({
  from: 'gcp-kms',
  keyName: `projects/p/locations/l/keyRings/r/cryptoKeys/${key}`,
  endpoint,
});
const token = (): Promise<Secret> => Promise.resolve(new Secret(TOKEN));

const CASES: readonly (readonly [string, () => Promise<Case>])[] = [
  [
    'local',
    () =>
      Promise.resolve({
        provider: new LocalKeyProvider(randomBytes(32)),
        foreign: new LocalKeyProvider(randomBytes(32)),
        double: null,
      }),
  ],
  [
    'vault-transit',
    async () => {
      const double = await new TransitDouble(TOKEN, 'team').start();
      return {
        provider: await loadKeyService(transit(double.origin, { namespace: 'team' })),
        foreign: await loadKeyService(transit(double.origin, { namespace: 'team', keyName: 'other' })),
        double,
      };
    },
  ],
  [
    'vault-transit of a release without associated data',
    async () => {
      const double = await new TransitDouble(TOKEN, null, true).start();
      return {
        provider: await loadKeyService(transit(double.origin)),
        foreign: await loadKeyService(transit(double.origin, { keyName: 'other' })),
        double,
      };
    },
  ],
  [
    'vault-transit with a key per tenant',
    async () => {
      const double = await new TransitDouble(TOKEN).start();
      return {
        provider: await loadKeyService(transit(double.origin, { perTenant: true })),
        foreign: await loadKeyService(transit(double.origin, { perTenant: true, keyName: 'other' })),
        double,
      };
    },
  ],
  [
    'aws-kms',
    async () => {
      const double = await new AwsKmsDouble().start();
      return {
        provider: await loadKeyService(aws(double.origin, 'alias/gatehouse')),
        foreign: await loadKeyService(aws(double.origin, 'alias/other')),
        double,
      };
    },
  ],
  [
    'gcp-kms',
    async () => {
      const double = await new GcpKmsDouble(TOKEN).start();
      return {
        provider: new ServiceKeyProvider(new GcpKmsService(gcp(double.origin, 'gatehouse'), token)),
        foreign: new ServiceKeyProvider(new GcpKmsService(gcp(double.origin, 'other'), token)),
        double,
      };
    },
  ],
];

beforeAll(() => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIATEST';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
});

describe.each(CASES)('a key provider: %s', (_, open) => {
  const context = { tenantId: newId('tenant'), version: 1 };
  let dataKey: Buffer;
  let provider: KeyProvider;
  let foreign: KeyProvider;
  let double: KeyServiceDouble | null;
  beforeAll(async () => {
    ({ provider, foreign, double } = await open());
  });
  afterAll(() => double?.stop());
  beforeEach(() => {
    dataKey = randomBytes(32);
    if (double !== null) double.fault = null;
  });

  const failure = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'none',
      (error: unknown) => error,
    );

  it('unwraps what it wrapped, and leaves the data key to its caller', async () => {
    const before = Buffer.from(dataKey);
    const wrapped = await provider.wrap(dataKey, context);
    expect(dataKey).toEqual(before);
    expect(wrapped.includes(dataKey)).toBe(false);
    expect(await provider.unwrap(wrapped, context)).toEqual(dataKey);
  });

  it('V2 unwraps nothing for another tenant or version', async () => {
    const wrapped = await provider.wrap(dataKey, context);
    await provider.wrap(dataKey, { ...context, tenantId: newId('tenant') });
    expect(await provider.unwrap(wrapped, { ...context, tenantId: newId('tenant') })).toBeNull();
    expect(await provider.unwrap(wrapped, { ...context, version: 2 })).toBeNull();
  });

  it('V7 unwraps nothing of another master key, and has another id', async () => {
    await foreign.wrap(dataKey, context);
    expect(await foreign.unwrap(await provider.wrap(dataKey, context), context)).toBeNull();
    expect(foreign.keyId).not.toBe(provider.keyId);
  });

  it('V1 unwraps nothing that was changed or is none of its own', async () => {
    const wrapped = await provider.wrap(dataKey, context);
    const changed = Buffer.from(wrapped);
    changed.writeUInt8(changed.readUInt8(wrapped.length - 5) ^ 1, wrapped.length - 5);
    for (const bytes of [changed, wrapped.subarray(0, -4), Buffer.from('x')])
      expect(await provider.unwrap(bytes, context)).toBeNull();
  });

  it.each([
    ['down', 'away'],
    ['hang', 'away'],
    ['garbage', 'away'],
    ['denied', 'denied'],
  ] as const)(
    'says not_available when the service is %s, and tells the operator what is wrong',
    async (fault, kind) => {
      if (double === null) return;
      const wrapped = await provider.wrap(dataKey, context);
      double.fault = fault;
      // at once, since some of these wait for the time that the service is given
      const asked = [provider.unwrap(wrapped, context), provider.wrap(dataKey, context)];
      for (const error of await Promise.all(asked.map(failure))) {
        expect(error).toBeInstanceOf(KeyServiceError);
        expect(error).toMatchObject({ code: 'not_available', failure: kind });
        const shown = inspect(error, { depth: 10 });
        for (const secret of [dataKey.toString('base64'), dataKey.toString('hex'), TOKEN])
          expect(shown).not.toContain(secret);
      }
    },
    20_000,
  );
});

describe('a key service', () => {
  const context = { tenantId: newId('tenant'), version: 7 };
  const bytes = contextBytes(context).toString('base64');

  it.each([
    [
      'aws-kms',
      new AwsKmsDouble(),
      (origin: string) => loadKeyService(aws(origin, 'alias/gatehouse')),
      { EncryptionContext: { 'gatehouse:tenant': context.tenantId, 'gatehouse:version': '7' } },
    ],
    [
      'gcp-kms',
      new GcpKmsDouble(TOKEN),
      async (origin: string) => new ServiceKeyProvider(new GcpKmsService(gcp(origin, 'gatehouse'), token)),
      { additionalAuthenticatedData: bytes },
    ],
    [
      'vault-transit',
      new TransitDouble(TOKEN),
      (origin: string) => loadKeyService(transit(origin)),
      { associated_data: bytes },
    ],
  ])('V2 is told what a data key is for, with each question: %s', async (_, double, open, told) => {
    await double.start();
    try {
      const provider = await open(double.origin);
      await provider.unwrap(await provider.wrap(randomBytes(32), context), context);
      expect(double.requests.map(({ body }) => body)).toMatchObject([told, told]);
    } finally {
      await double.stop();
    }
  });

  it('that refuses us is found out at the first start, when nothing is sealed yet', async () => {
    const double = await new TransitDouble(TOKEN).start();
    const masterKeys = new MasterKeys(new MasterKey(transit(double.origin)));
    const start = (): Promise<void> => checkMasterKey(masterKeys, { witnesses: async () => [] });
    try {
      await start();
      double.fault = 'denied';
      await expect(start()).rejects.toThrow(/The master key can't be used: .*policy of the token/);
    } finally {
      await double.stop();
    }
  });

  it('V10 leaves no data key behind in what went to it or came from it, also when it fails', async () => {
    const seen: Buffer[] = [];
    const dataKey = randomBytes(32);
    const provider = new ServiceKeyProvider({
      keyId: 'played',
      encrypt: async (plaintext) => {
        seen.push(plaintext);
        if (seen.length > 1) throw new KeyServiceError('away', 'no answer');
        return Buffer.from(plaintext);
      },
      decrypt: async (ciphertext) => {
        const plaintext = Buffer.from(ciphertext);
        seen.push(plaintext);
        return plaintext;
      },
    });
    const wrapped = await provider.wrap(dataKey, context);
    expect(await provider.unwrap(wrapped, context)).toEqual(dataKey);
    expect(await provider.unwrap(wrapped, { ...context, version: 8 })).toBeNull();
    await expect(provider.wrap(dataKey, context)).rejects.toThrow(KeyServiceError);
    expect(seen).toHaveLength(4);
    for (const buffer of seen) expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});

describe('a key per tenant in the transit service', () => {
  it('V6 makes what a backup holds of a tenant unreadable: its wrapping key is gone, and those of others are not', async () => {
    const double = await new TransitDouble(TOKEN).start();
    const provider = await loadKeyService(transit(double.origin, { perTenant: true }));
    const [shredded, other] = [newId('tenant'), newId('tenant')];
    const dataKey = randomBytes(32);
    const backup = await provider.wrap(dataKey, { tenantId: shredded, version: 1 });
    const neighbours = await provider.wrap(dataKey, { tenantId: other, version: 1 });
    await provider.forgetTenant?.(shredded);
    await provider.forgetTenant?.(shredded);
    expect(double.hasKey(`gatehouse-${shredded}`)).toBe(false);
    expect(await provider.unwrap(backup, { tenantId: shredded, version: 1 })).toBeNull();
    expect(await provider.unwrap(neighbours, { tenantId: other, version: 1 })).toEqual(dataKey);
    await double.stop();
  });

  it('says so when the token file can’t be read', async () => {
    const provider = await loadKeyService(transit('http://127.0.0.1:1', { tokenFile: '/nowhere/token' }));
    await expect(provider.wrap(randomBytes(32), { tenantId: newId('tenant'), version: 1 })).rejects.toMatchObject({
      failure: 'denied',
      operatorMessage: expect.stringContaining('/nowhere/token') as string,
    });
  });
});
