import { SystemDatabase } from '#app/database';
import { Module } from '@nestjs/common';
import { AuditMaintenance } from './audit-maintenance.js';
import { AuditQuery } from './audit-query.js';
import { AuditReading } from './audit-reading.js';
import { AuditTrail } from './audit-trail.js';
import { AuditWriter } from './audit-writer.js';
import { EventFeed } from './event-feed.js';

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
    AuditReading,
    AuditMaintenance,
    EventFeed,
  ],
  exports: [AuditTrail, AuditQuery, AuditReading, AuditMaintenance, EventFeed],
})
export class AuditModule {}
