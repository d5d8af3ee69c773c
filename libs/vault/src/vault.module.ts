import { APP_CONFIG, type AppConfig } from '#app/config';
import { SystemDatabase, TenantDatabase } from '#app/database';
import { CLOCK, type Clock } from '#app/kernel';
import { Module } from '@nestjs/common';
import { createVault, type VaultNode } from './create-vault.js';
import { KeyManagement } from './key-management.js';
import { LeaseKeeper } from './nodes/lease-keeper.js';
import { VaultMetrics } from './vault-metrics.js';
import { VAULT_NODE } from './vault-node.js';
import { VAULT_JOURNAL, type VaultJournal } from './vault-journal.js';
import { Vault } from './vault.js';

/** Needs a `VAULT_JOURNAL` from a global module. */
@Module({
  providers: [
    {
      provide: VAULT_NODE,
      inject: [APP_CONFIG, SystemDatabase, TenantDatabase, CLOCK, VAULT_JOURNAL],
      useFactory: (
        { masterKey, otherMasterKeys }: AppConfig,
        system: SystemDatabase,
        tenants: TenantDatabase,
        clock: Clock,
        journal: VaultJournal,
      ) => createVault({ masterKey, otherMasterKeys, system, tenants, clock, journal }),
    },
    { provide: Vault, inject: [VAULT_NODE], useFactory: ({ vault }: VaultNode) => vault },
    { provide: KeyManagement, inject: [VAULT_NODE], useFactory: ({ management }: VaultNode) => management },
    LeaseKeeper,
    VaultMetrics,
  ],
  exports: [KeyManagement, Vault],
})
export class VaultModule {}
