import { WebhookDeliveryEntity } from './entities/webhook-delivery.entity.js';
import { WebhookEndpointEntity } from './entities/webhook-endpoint.entity.js';

export type { WebhookChanges } from './webhook-checks.js';
export { isWebhookEvent, WEBHOOK_EVENTS, type WebhookEvent, type WebhookEventType } from './webhook-events.js';
export { WebhookOutbox } from './webhook-outbox.js';
export { WebhookSender } from './webhook-sender.js';
export type { WebhookDelivery, WebhookEndpoint } from './webhook.js';
export { WebhooksModule } from './webhooks.module.js';
export { WebhooksService } from './webhooks.service.js';

/** The entities of this library, for the composition root's schema. */
export const WEBHOOK_ENTITIES = [WebhookEndpointEntity, WebhookDeliveryEntity];
