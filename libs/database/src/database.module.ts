import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { connect, Database, type DatabaseOptions } from './connect.js';
import { SystemDatabase } from './system-database.js';
import { TenantDatabase } from './tenant-database.js';

/**
 * Opens the database when the application starts, closes it after the last request. Global: any library may inject
 * {@link TenantDatabase} and {@link SystemDatabase}.
 */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => connect(options) },
        { provide: TenantDatabase, useFactory: (database: Database) => database.tenants, inject: [Database] },
        { provide: SystemDatabase, useFactory: (database: Database) => database.system, inject: [Database] },
      ],
      exports: [TenantDatabase, SystemDatabase],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
