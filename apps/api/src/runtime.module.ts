import { AuditModule, AuditTrail } from '#app/audit';
import type { AppConfig } from '#app/config';
import { ConnectorRegistry, loadConnectors } from '#app/connector-kit';
import { IDENTITY_JOURNAL, SECRET_KEEPER, TENANT_KEYS, type IdentityJournal } from '#app/identity';
import { CLOCK, type Clock } from '#app/kernel';
import { KeyManagement, VAULT_JOURNAL, Vault, VaultModule, type VaultJournal } from '#app/vault';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { WatchedKeys } from './watched-keys.js';

/**
 * What every part may ask for: the time, the connectors of this installation, and the vault and the audit trail as identity
 * wants to see them.
 */
@Global()
@Module({})
export class RuntimeModule {
  static forRoot(config: AppConfig, clock: Clock): DynamicModule {
    return {
      module: RuntimeModule,
      imports: [AuditModule, VaultModule],
      providers: [
        { provide: CLOCK, useValue: clock },
        { provide: ConnectorRegistry, useFactory: () => loadConnectors(config.connectorDirs) },
        {
          provide: SECRET_KEEPER,
          useFactory: (vault: Vault, audit: AuditTrail) => new WatchedKeys(vault, audit),
          inject: [Vault, AuditTrail],
        },
        { provide: TENANT_KEYS, useExisting: KeyManagement },
        { provide: IDENTITY_JOURNAL, useFactory: (audit: AuditTrail): IdentityJournal => audit, inject: [AuditTrail] },
        { provide: VAULT_JOURNAL, useFactory: (audit: AuditTrail): VaultJournal => audit, inject: [AuditTrail] },
      ],
      exports: [CLOCK, ConnectorRegistry, IDENTITY_JOURNAL, SECRET_KEEPER, TENANT_KEYS, VAULT_JOURNAL],
    };
  }
}
