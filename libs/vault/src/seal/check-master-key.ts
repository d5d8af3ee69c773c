import type { TenantKeyStore, WrappedKey } from '../keyring/tenant-key-store.js';
import { MasterKeyError } from '../vault.errors.js';
import type { KeyProvider } from './key-provider.js';
import type { MasterKey } from './master-key.js';

/**
 * Holds the configured master key against what the database was sealed with, by unwrapping a key that is there. A database in
 * which nothing is sealed yet takes any key; a missing key file is made for it. Throws {@link MasterKeyError}, changes nothing.
 */
export async function checkMasterKey(masterKey: MasterKey, store: TenantKeyStore): Promise<void> {
  const witness = await store.witness();
  if (witness === null) {
    await masterKey.getOrCreate();
    return;
  }
  const provider = await masterKey.find();
  if (provider === null) throw missing(masterKey, witness);
  if (provider.keyId !== witness.kekId) throw different(masterKey, witness, provider);
  const key = await provider.unwrap(witness.wrapped, witness);
  if (key === null) throw damaged(masterKey, witness);
  key.fill(0);
}

const missing = (masterKey: MasterKey, { kekId }: WrappedKey): MasterKeyError =>
  new MasterKeyError(
    `The master key is missing: ${masterKey.place} does not exist, but the database holds data sealed with master key ${kekId}. ` +
      'Restore that file from your backup, or set GATEHOUSE_MASTER_KEY to the key that was in it. ' +
      'Without it no stored credential can be read. Nothing was changed.',
  );

const different = (masterKey: MasterKey, { kekId }: WrappedKey, { keyId }: KeyProvider): MasterKeyError =>
  new MasterKeyError(
    `The master key is not the one of this database: it was sealed with master key ${kekId}, but ${masterKey.place} holds ` +
      `master key ${keyId}. Restore the key ${kekId} there (or set GATEHOUSE_MASTER_KEY to it), or use the database that ` +
      'belongs to this key. Nothing was changed.',
  );

const damaged = (masterKey: MasterKey, { tenantId, version }: WrappedKey): MasterKeyError =>
  new MasterKeyError(
    `The data key ${version} of tenant ${tenantId} does not open with the master key in ${masterKey.place}, although it ` +
      'names that key: the row in tenant_keys was changed or damaged. Restore the table from your backup. Nothing was changed.',
  );
