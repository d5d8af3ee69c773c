import { AuditModule } from '#app/audit';
import { VaultModule } from '#app/vault';
import { Module } from '@nestjs/common';
import { DeliveryOutcomes } from './delivery-outcomes.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhooksService } from './webhooks.service.js';

/** Needs the database, the clock and the egress client from the composition root. */
@Module({
  imports: [AuditModule, VaultModule],
  providers: [DeliveryOutcomes, WebhookOutbox, WebhookSecrets, WebhookSender, WebhooksService],
  exports: [WebhookOutbox, WebhookSender, WebhooksService],
})
export class WebhooksModule {}
