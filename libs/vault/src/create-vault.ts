import type { MasterKeyConfig } from '#app/config';
import type { SystemDatabase, TenantDatabase } from '#app/database';
import type { Clock } from '#app/kernel';
import { Keyring } from './keyring/keyring.js';
import { TenantKeyStore } from './keyring/tenant-key-store.js';
import { SealedStores } from './resealing/sealed-stores.js';
import { MasterKey } from './seal/master-key.js';
import { Vault } from './vault.js';

export interface VaultParts {
  readonly masterKey: MasterKeyConfig;
  readonly system: SystemDatabase;
  readonly tenants: TenantDatabase;
  readonly clock: Clock;
}

/** Puts a vault together. Nothing is read before it is asked for something. */
export function createVault({ masterKey: config, system, tenants, clock }: VaultParts): Vault {
  const store = new TenantKeyStore(system, tenants);
  const masterKey = new MasterKey(config);
  return new Vault(new Keyring(store, masterKey, clock), masterKey, store, new SealedStores());
}
