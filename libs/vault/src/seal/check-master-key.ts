import { INSTALLATION_TENANT } from '#app/kernel';
import { DATA_KEY_BYTES } from '../barrier/data-key.js';
import type { TenantKeyStore, WrappedKey } from '../keyring/tenant-key-store.js';
import { MasterKeyError } from '../vault.errors.js';
import type { KeyProvider } from './key-provider.js';
import type { MasterKey } from './master-key.js';
import { KeyServiceError } from './services/key-service.js';
import type { MasterKeys } from './master-keys.js';

/**
 * Holds the configured master keys against what the database was sealed with, by unwrapping one key for each master key that is
 * in use there. A database in which nothing is sealed yet takes any key; a missing key file is made for it.
 * Throws {@link MasterKeyError}, changes nothing.
 */
export async function checkMasterKey(masterKeys: MasterKeys, store: Pick<TenantKeyStore, 'witnesses'>): Promise<void> {
  const witnesses = await store.witnesses();
  if (witnesses.length === 0) {
    await tryOut(await masterKeys.own.getOrCreate());
    return;
  }
  for (const witness of witnesses) await checkAgainst(masterKeys, witness);
}

async function checkAgainst(masterKeys: MasterKeys, witness: WrappedKey): Promise<void> {
  const own = await masterKeys.own.find();
  if (own === null) throw missing(masterKeys.own, witness);
  const provider = await masterKeys.get(witness.kekId);
  if (provider === null) throw different(masterKeys.own, witness, own);
  const key = await asOperatorError(() => provider.unwrap(witness.wrapped, witness));
  if (key === null) throw damaged(witness);
  key.fill(0);
}

/** Finds out now, and not at the first seal, that a key service refuses us. */
async function tryOut(provider: KeyProvider): Promise<void> {
  const context = { tenantId: INSTALLATION_TENANT, version: 1 };
  const wrapped = await asOperatorError(() => provider.wrap(Buffer.alloc(DATA_KEY_BYTES), context));
  await asOperatorError(() => provider.unwrap(wrapped, context));
}

async function asOperatorError<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof KeyServiceError)) throw cause;
    throw new MasterKeyError(`The master key can't be used: ${cause.operatorMessage}. Nothing was changed.`, { cause });
  }
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
      'belongs to this key. If you are changing the master key, name the one before in GATEHOUSE_MASTER_KEY_PREVIOUS. ' +
      'Nothing was changed.',
  );

const damaged = ({ tenantId, version, kekId }: WrappedKey): MasterKeyError =>
  new MasterKeyError(
    `The data key ${version} of tenant ${tenantId} does not open with the master key ${kekId}, although it ` +
      'names that key: the row in tenant_keys was changed or damaged. Restore the table from your backup. Nothing was changed.',
  );
