export { validateArguments, type ArgumentsResult } from './arguments/validate-arguments.js';
export { redactArguments, summarizeResult } from './audit/audit-views.js';
export type {
  AccessRule,
  Connector,
  HttpSettings,
  OAuth2Auth,
  RefreshSettings,
  RevokeSettings,
  SignalSettings,
  ToolDefinition,
} from './connector.js';
export { ConnectorRegistry } from './connector-registry.js';
export {
  allowedHosts,
  requestUrl,
  resolveAuthUrls,
  resolveIssuer,
  resolveBaseUrl,
  type AuthUrls,
  type EndpointOverridesLike,
} from './endpoints/endpoints.js';
export { checkParams } from './endpoints/resolve-params.js';
export { evaluateAccess, type AccessDecision } from './evaluate-access.js';
export { ConnectorFailure, PROVIDER_FAILURE_CODES, type ProviderFailureCode } from './failure/connector-failure.js';
export { loadConnectors } from './manifest/load-connectors.js';
export { ManifestError } from './manifest/manifest-error.js';
export { MANIFEST_SCHEMA } from './manifest/manifest-schema.js';
export type { ParamManifest, RefreshVerdict, ToolAnnotations } from './manifest/manifest.js';
export { parseTokenResponse, type TokenResponse } from './parse-token-response.js';
export type { Principal } from './principal.js';
export {
  ProviderTransportError,
  type ProviderHttp,
  type ProviderRequest,
  type ProviderResponse,
  type TransportErrorKind,
} from './provider-http.js';
export { isReading, requestTool, requestToolName, type CallableTool, type RequestTool } from './proxy/request-tool.js';
export { headerWaitMs } from './run/retry-policy.js';
export { workspaceOfSignal } from './read-signal.js';
export { fetchIdentity, type FetchIdentityOptions } from './run/fetch-identity.js';
export { runTool, type RunToolOptions, type ToolResult } from './run/run-tool.js';
export { sendRequest, type SendRequestOptions, type SentRequest } from './run/send-request.js';
