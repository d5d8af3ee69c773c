import { APP_CONFIG, type AppConfig } from '#app/config';
import { SystemDatabase, TenantDatabase } from '#app/database';
import { CLOCK, type Clock } from '#app/kernel';
import { Module } from '@nestjs/common';
import { createVault } from './create-vault.js';
import { Vault } from './vault.js';

@Module({
  providers: [
    {
      provide: Vault,
      inject: [APP_CONFIG, SystemDatabase, TenantDatabase, CLOCK],
      useFactory: ({ masterKey }: AppConfig, system: SystemDatabase, tenants: TenantDatabase, clock: Clock) =>
        createVault({ masterKey, system, tenants, clock }),
    },
  ],
  exports: [Vault],
})
export class VaultModule {}
