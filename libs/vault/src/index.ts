import { TenantKeyEntity } from './keyring/tenant-key.entity.js';

export { isSignedWith, WEBHOOK_SECRET_PREFIX, webhookSignature } from './hmac.js';
export type { SealBinding } from './barrier/seal-binding.js';
export { createVault, type VaultLimits, type VaultNode, type VaultParts } from './create-vault.js';
export { disclosed } from './disclosed.js';
export { KeyManagement } from './key-management.js';
export type { KeyState } from './keyring/key-state.js';
export type { KeyProvider, WrapContext } from './seal/key-provider.js';
export { sealedColumn, type Packing, type SealedColumnParts } from './resealing/sealed-column.js';
export type { Batch, RowsOfKey, SealedRecord, SealedRow, SealedStore } from './resealing/sealed-store.js';
export { isTenantShredded, MasterKeyError, VaultOpenError, type OpenFailure } from './vault.errors.js';
export { VAULT_JOURNAL, type KeyContext, type VaultEvent, type VaultJournal } from './vault-journal.js';
export type { DataKeys, KeyOverview, ResealProgress } from './rotation/key-overview.js';
export { VaultModule } from './vault.module.js';
export { Vault } from './vault.js';

/** The entities of this library, for the composition root's schema. */
export const VAULT_ENTITIES = [TenantKeyEntity];
