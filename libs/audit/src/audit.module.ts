import { SystemDatabase } from '#app/database';
import { Module } from '@nestjs/common';
import { AuditMaintenance } from './audit-maintenance.js';
import { AuditQuery } from './audit-query.js';
import { AuditTrail } from './audit-trail.js';
import { AuditWriter } from './audit-writer.js';

/** Needs the database, the configuration and the clock from the composition root. */
@Module({
  providers: [
    {
      provide: AuditWriter,
      useFactory: (database: SystemDatabase) => new AuditWriter(database),
      inject: [SystemDatabase],
    },
    AuditTrail,
    AuditQuery,
    AuditMaintenance,
  ],
  exports: [AuditTrail, AuditQuery, AuditMaintenance],
})
export class AuditModule {}
