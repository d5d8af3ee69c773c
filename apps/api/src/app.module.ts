import { AuditModule, keepAuditFor } from '#app/audit';
import { ConfigModule, type AppConfig } from '#app/config';
import { DatabaseModule } from '#app/database';
import { EgressModule } from '#app/egress';
import { IdentityModule } from '#app/identity';
import type { Clock } from '#app/kernel';
import { ObservabilityModule, type Logger } from '#app/observability';
import { OAuthModule } from '#app/oauth';
import { VaultModule } from '#app/vault';
import { WebhooksModule } from '#app/webhooks';
import { type DynamicModule, Module } from '@nestjs/common';
import { Bootstrap } from './bootstrap.js';
import { MaintenanceJobs } from './jobs/maintenance-jobs.js';
import { McpModule } from './mcp/mcp.module.js';
import { RestModule } from './rest/rest.module.js';
import { RuntimeModule } from './runtime.module.js';
import { ENTITIES, MIGRATIONS } from './schema.js';

export interface AppParts {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly databaseUrl: string;
}

/** The composition root: the one place that knows every part. */
@Module({})
export class AppModule {
  static forRoot({ config, logger, clock, databaseUrl }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule.forRoot(logger),
        RuntimeModule.forRoot(config, clock),
        DatabaseModule.forRoot({
          url: databaseUrl,
          logins: config.database.logins,
          poolSize: config.database.poolSize,
          entities: ENTITIES,
          migrations: MIGRATIONS,
          settle: keepAuditFor(config.audit.retentionDays),
        }),
        EgressModule.forRoot(config.egress),
        VaultModule,
        AuditModule,
        IdentityModule,
        WebhooksModule,
        OAuthModule,
        RestModule,
        McpModule,
      ],
      providers: [Bootstrap, MaintenanceJobs],
    };
  }
}
