export { EgressClient } from './egress-client.js';
export { EgressError, type EgressErrorKind } from './egress-error.js';
export type { EgressBody, EgressRequest, EgressResponse, HeaderValue } from './egress-request.js';
export { EgressModule } from './egress.module.js';
export type { Resolver } from './guarded-connector.js';
export type { EgressPolicy } from './host-policy.js';
export { redactorOf } from './redact.js';
