export { Gatehouse } from './gatehouse.js';
export {
  GatehouseUser,
  type BoundUser,
  type ConnectLinkOptions,
  type ConnectTarget,
  type UserOptions,
} from './gatehouse-user.js';
export {
  GatehouseError,
  isGatehouseError,
  type FieldError,
  type GatehouseErrorCode,
  type GatehouseErrorDetails,
} from './gatehouse-error.js';
export type { CallOptions, GatehouseOptions } from './http/transport.js';
export type { PageOptions, Paged } from './http/pages.js';
export type { ToolsApi } from './resources/tools.js';
export type * from './resources/tool-types.js';
export type { AuditApi, AuditEvent, AuditEventPage, AuditFilter, ListEventsOptions } from './resources/audit.js';
export type { ConnectedAccountsApi } from './resources/connected-accounts.js';
export type * from './resources/account-types.js';
export type * from './resources/connections.js';
export type * from './resources/revocations.js';
export type * from './resources/webhooks.js';
export {
  verifyWebhook,
  type VerifyWebhookOptions,
  type WebhookEvent,
  type WebhookHeaders,
} from './webhooks/verify-webhook.js';
