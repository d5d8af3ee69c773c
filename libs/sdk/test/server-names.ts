import type { ERROR_CATALOGUE } from '../../kernel/src/index.js';
import type { ACCOUNT_STATUSES, REVOCATION_STATES } from '../../oauth/src/index.js';
import type { WEBHOOK_EVENTS } from '../../webhooks/src/index.js';
import type { AccountStatus, GatehouseErrorCode, RevocationState, WebhookEventType } from '../src/index.js';

/** The client knows nothing of the server. That its words are the server's all the same is checked here, by the compiler. */
type Same<One, Other> = [One, Other] extends [Other, One]
  ? true
  : { one: Exclude<One, Other>; other: Exclude<Other, One> };

export const SAME_NAMES: [
  Same<AccountStatus, (typeof ACCOUNT_STATUSES)[number]>,
  Same<RevocationState, (typeof REVOCATION_STATES)[number]>,
  Same<WebhookEventType, (typeof WEBHOOK_EVENTS)[number]>,
  Same<Exclude<keyof typeof ERROR_CATALOGUE, GatehouseErrorCode>, never>,
] = [true, true, true, true];
