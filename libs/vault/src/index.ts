import { TenantKeyEntity } from './keyring/tenant-key.entity.js';

export type { SealBinding } from './barrier/seal-binding.js';
export { createVault, type VaultParts } from './create-vault.js';
export type { KeyProvider, WrapContext } from './seal/key-provider.js';
export { sealedColumn, type Packing, type SealedColumnParts } from './resealing/sealed-column.js';
export type { Batch, RowsOfKey, SealedRecord, SealedRow, SealedStore } from './resealing/sealed-store.js';
export { MasterKeyError, VaultOpenError, type OpenFailure } from './vault.errors.js';
export { VaultModule } from './vault.module.js';
export { Vault } from './vault.js';

/** The entities of this library, for the composition root's schema. */
export const VAULT_ENTITIES = [TenantKeyEntity];
