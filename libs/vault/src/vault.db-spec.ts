import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MasterKeyConfig } from '#app/config';
import { INSTALLATION_TENANT, Secret, newId, type TenantId } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import {
  bindingFor,
  clearBytesDuring,
  neighboursOf,
  randomMasterKey,
  reasonOf,
  vaultOver,
} from '../test/vault-fixtures.js';
import type { SealBinding } from './barrier/seal-binding.js';
import { MasterKeyError, VaultOpenError } from './vault.errors.js';
import type { Vault } from './vault.js';

describe('Vault', () => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  const vaultWith = (masterKey: MasterKeyConfig): Vault => vaultOver(database, masterKey).vault;

  const addTenant = async (tenantId: TenantId = newId('tenant')): Promise<TenantId> => {
    await database.tenants.withTenant(tenantId, (em) =>
      em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 't')`, [tenantId]),
    );
    return tenantId;
  };

  const keysOf = (tenantId: TenantId): Promise<{ wrapped_key: Buffer }[]> =>
    database.tenants.withTenant(tenantId, (em) => em.query('SELECT * FROM tenant_keys'));

  const storeCredential = (binding: SealBinding, sealed: Buffer): Promise<unknown> =>
    database.tenants.withTenant(binding.tenantId, async (em) => {
      const { tenantId: tenant, connectionId, accountId } = binding;
      await em.query(
        `INSERT INTO connections (tenant_id, id, name, connector, oauth_client_id, client_secret_sealed) VALUES ($1, $2, $2, 'c', 'c', '')`,
        [tenant, connectionId],
      );
      await em.query(
        `INSERT INTO connected_accounts (tenant_id, id, connection_id, identifier) VALUES ($1, $2, $3, 'u')`,
        [tenant, accountId, connectionId],
      );
      await em.query(
        `INSERT INTO credentials (tenant_id, account_id, slot, version, sealed) VALUES ($1, $2, 'active', $3, $4)`,
        [tenant, accountId, binding.version, sealed],
      );
    });

  const loadCredential = (binding: SealBinding): Promise<Buffer> =>
    database.tenants.withTenant(binding.tenantId, async (em) => {
      const rows: { sealed: Buffer }[] = await em.query('SELECT sealed FROM credentials');
      return rows[0]?.sealed ?? Buffer.alloc(0);
    });

  describe('seal and open', () => {
    const masterKey = randomMasterKey();
    let tenantId: TenantId;
    beforeAll(async () => {
      tenantId = await addTenant();
    });

    it('opens in another process what was sealed in this one', async () => {
      const binding = bindingFor(tenantId);
      const sealed = await vaultWith(masterKey).seal(binding, new Secret('canary-token-ü'));
      expect(sealed.includes('canary')).toBe(false);
      expect((await vaultWith(masterKey).open(binding, sealed)).reveal()).toBe('canary-token-ü');
    });

    it('V10 wipes the bytes of what it seals and of what it opens, keys too, also when nothing comes of it', async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const der = privateKey.export({ type: 'pkcs8', format: 'der' });
      const token = Buffer.from('canary-of-the-buffers');
      const binding = bindingFor(await addTenant());
      const ofKey: SealBinding = { ...binding, kind: 'signing_key' };
      const clear = await clearBytesDuring(async () => {
        const [one, two] = [vaultWith(masterKey), vaultWith(masterKey)];
        const sealed = await one.seal(binding, new Secret(token.toString()));
        const key = await one.sealKey(ofKey, privateKey);
        await two.open(binding, sealed);
        await two.openKey(ofKey, key);
        await two.reseal(binding, sealed);
        expect(await reasonOf(() => two.open(ofKey, sealed))).toBe('not_authentic');
      });
      const times = (bytes: Buffer): number => clear.filter(({ held }) => held.equals(bytes)).length;
      // The last time it did not belong there, and came out all the same
      expect([times(token), times(der)]).toEqual([5, 2]);
      // One data key, wrapped once, and unwrapped three times: as the primary one of either node, and by its version
      expect(clear.filter(({ held }) => held.length === 32)).toHaveLength(4);
      for (const { buffer } of clear) expect(buffer.every((byte) => byte === 0)).toBe(true);
    });

    it('seals private keys', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const binding = bindingFor(tenantId, { kind: 'signing_key' });
      const sealed = await vaultWith(masterKey).sealKey(binding, privateKey);
      expect((await vaultWith(masterKey).openKey(binding, sealed)).equals(privateKey)).toBe(true);
      expect(await reasonOf(() => vaultWith(masterKey).openKey({ ...binding, accountId: 'x' }, sealed))).toBe(
        'not_authentic',
      );
    });

    it('ends in one data key when many nodes use a tenant for the first time at once', async () => {
      const fresh = await addTenant();
      const binding = bindingFor(fresh);
      const nodes = Array.from({ length: 8 }, () => vaultWith(masterKey));
      const records = await Promise.all(nodes.map((node, i) => node.seal(binding, new Secret(`from node ${i}`))));
      expect(await keysOf(fresh)).toHaveLength(1);
      for (const node of nodes) {
        const opened = await Promise.all(records.map((record) => node.open(binding, record)));
        expect(opened.map((secret) => secret.reveal())).toEqual(records.map((_, i) => `from node ${i}`));
      }
    });

    it('V2 opens nothing for another tenant, connection, account, field or version', async () => {
      const vault = vaultWith(masterKey);
      const binding = bindingFor(tenantId);
      const sealed = await vault.seal(binding, new Secret('canary'));
      const otherTenant = await addTenant();
      await vault.seal(bindingFor(otherTenant), new Secret('gives it a key'));
      for (const place of [...neighboursOf(binding), { ...binding, tenantId: otherTenant }])
        expect(await reasonOf(() => vault.open(place, sealed))).toMatch(/^(not_authentic|unknown_key)$/);
    });

    it('V2 opens nothing that SQL moved to another row, nor under a data key that SQL moved', async () => {
      const vault = vaultWith(masterKey);
      const thief = await addTenant();
      const mine = bindingFor(tenantId);
      const theirs = bindingFor(thief);
      const sealed = await vault.seal(mine, new Secret('canary of the victim'));
      await storeCredential(mine, sealed);
      await storeCredential(theirs, await vault.seal(theirs, new Secret('token of the thief')));
      await database.tenants.withTenant(thief, (em) => em.query('UPDATE credentials SET sealed = $1', [sealed]));
      expect(await reasonOf(async () => vault.open(theirs, await loadCredential(theirs)))).toBe('unknown_key');
      // With the victim's data key beside it, in a process that has not loaded the thief's own
      const [victim] = await keysOf(tenantId);
      await database.tenants.withTenant(thief, (em) =>
        em.query('UPDATE tenant_keys SET wrapped_key = $1', [victim?.wrapped_key]),
      );
      expect(await reasonOf(() => vaultWith(masterKey).open(theirs, sealed))).toBe('wrong_master_key');
    });

    it('V8 refuses a version of the data key that does not exist', async () => {
      const vault = vaultWith(masterKey);
      const binding = bindingFor(tenantId);
      const sealed = await vault.seal(binding, new Secret('x'));
      sealed.writeUInt32BE(2, 5);
      expect(await reasonOf(() => vault.open(binding, sealed))).toBe('unknown_key');
    });

    it('keeps every detail out of the error that a caller sees', async () => {
      const error: unknown = await vaultWith(masterKey)
        .open(bindingFor(tenantId), Buffer.from('canary'))
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(VaultOpenError);
      expect(error).toMatchObject({ code: 'internal', reason: 'malformed', internal: 'vault.open_failed: malformed' });
      expect(String(error)).not.toMatch(/canary|malformed/);
    });

    it('gives a tenant without a row no key', async () => {
      const nobody = newId('tenant');
      await expect(vaultWith(masterKey).seal(bindingFor(nobody), new Secret('x'))).rejects.toThrow(
        'There is no tenant',
      );
    });
  });

  describe('checkMasterKey', () => {
    let own: OpenTestDatabase;
    let folder: string;
    let file: MasterKeyConfig & { from: 'file' };
    beforeEach(async () => {
      own = await openTestDatabase();
      folder = await mkdtemp(join(tmpdir(), 'gatehouse-vault-'));
      file = { from: 'file', path: join(folder, 'master.key') };
    });
    afterEach(async () => {
      await own.close();
      await rm(folder, { recursive: true });
    });

    const boot = (masterKey: MasterKeyConfig): Vault => vaultOver(own, masterKey).vault;
    const refusalOf = async (masterKey: MasterKeyConfig): Promise<string> => {
      const error: unknown = await boot(masterKey)
        .checkMasterKey()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MasterKeyError);
      return String(error);
    };
    const binding = bindingFor(INSTALLATION_TENANT);
    /** Boots for the first time and seals something, as the key service of the installation does. */
    const firstBoot = async (masterKey: MasterKeyConfig): Promise<Buffer> => {
      await own.tenants.withTenant(INSTALLATION_TENANT, (em) =>
        em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 'i')`, [INSTALLATION_TENANT]),
      );
      const vault = boot(masterKey);
      await vault.checkMasterKey();
      return vault.seal(binding, new Secret('canary'));
    };
    const storedKeys = (): Promise<unknown[]> =>
      own.tenants.withTenant(INSTALLATION_TENANT, (em) => em.query('SELECT * FROM tenant_keys'));

    it('makes the key file at the first boot, and passes at the next', async () => {
      const sealed = await firstBoot(file);
      const next = boot(file);
      await next.checkMasterKey();
      expect((await next.open(binding, sealed)).reveal()).toBe('canary');
    });

    it('makes nothing when the key comes from the environment', async () => {
      await firstBoot(randomMasterKey());
      expect(await readdir(folder)).toEqual([]);
    });

    it('V7 refuses a missing key file, says what to restore, and makes none', async () => {
      await firstBoot(file);
      const before = await storedKeys();
      await rm(file.path);
      const message = await refusalOf(file);
      expect(message).toContain(`the file ${file.path} does not exist`);
      expect(message).toMatch(
        /sealed with master key local:[0-9a-f]{16}\. Restore that file .* or set GATEHOUSE_MASTER_KEY/,
      );
      expect(await readdir(folder)).toEqual([]);
      expect(await storedKeys()).toEqual(before);
    });

    it('V7 refuses another key, in a file or in the environment, names both by id, and overwrites nothing', async () => {
      await firstBoot(file);
      const before = await storedKeys();
      const other = randomBytes(32).toString('base64');
      const fromEnvironment = await refusalOf({ from: 'environment', key: new Secret(other) });
      expect(fromEnvironment).toMatch(
        /sealed with master key (local:[0-9a-f]{16}), but GATEHOUSE_MASTER_KEY holds master key local:[0-9a-f]{16}\. Restore the key \1/,
      );
      await writeFile(file.path, other);
      const fromFile = await refusalOf(file);
      expect(fromFile).toContain(`but the file ${file.path} holds master key local:`);
      expect(fromEnvironment + fromFile).not.toContain(other);
      expect(await storedKeys()).toEqual(before);
    });

    it('V7 refuses a key whose database row was damaged', async () => {
      const masterKey = randomMasterKey();
      await firstBoot(masterKey);
      await own.tenants.withTenant(INSTALLATION_TENANT, (em) =>
        em.query('UPDATE tenant_keys SET wrapped_key = set_byte(wrapped_key, 30, 255 - get_byte(wrapped_key, 30))'),
      );
      expect(await refusalOf(masterKey)).toContain('Restore the table from your backup');
    });

    it('V7 tries the keys of tenants when the installation has none', async () => {
      const tenantId = newId('tenant');
      await own.tenants.withTenant(tenantId, (em) =>
        em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 't')`, [tenantId]),
      );
      await boot(randomMasterKey()).seal(bindingFor(tenantId), new Secret('x'));
      expect(await refusalOf(randomMasterKey())).toContain('is not the one of this database');
    });

    it('refuses a key file that others may read', async () => {
      await firstBoot(file);
      await chmod(file.path, 0o644);
      expect(await refusalOf(file)).toContain('chmod 600');
    });
  });
});
