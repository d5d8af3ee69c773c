import type { AppConfig } from '#app/config';
import { ConnectorRegistry, loadConnectors } from '#app/connector-kit';
import { SECRET_KEEPER } from '#app/identity';
import { CLOCK, type Clock } from '#app/kernel';
import { Vault, VaultModule } from '#app/vault';
import { type DynamicModule, Global, Module } from '@nestjs/common';

/** What every part may ask for: the time, the connectors of this installation, and the vault as identity wants to see it. */
@Global()
@Module({})
export class RuntimeModule {
  static forRoot(config: AppConfig, clock: Clock): DynamicModule {
    return {
      module: RuntimeModule,
      imports: [VaultModule],
      providers: [
        { provide: CLOCK, useValue: clock },
        { provide: ConnectorRegistry, useFactory: () => loadConnectors(config.connectorDirs) },
        { provide: SECRET_KEEPER, useExisting: Vault },
      ],
      exports: [CLOCK, ConnectorRegistry, SECRET_KEEPER],
    };
  }
}
