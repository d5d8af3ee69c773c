export { Batcher, type BatcherOptions } from './batcher.js';
export { connect, Database, type DatabaseOptions, type EntityClass, type OwnerQuery } from './connect.js';
export { drainQueue } from './drain-queue.js';
export { isUniqueViolation } from './database-errors.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseSetupError } from './database-setup-error.js';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded/start-embedded-postgres.js';
export { openLogins, type LoginUrls } from './logins.js';
export { ownerSource, runMigrations, type MigrationClass } from './run-migrations.js';
export { SystemDatabase, type Query, type Statement } from './system-database.js';
export { TenantDatabase } from './tenant-database.js';
