export { ACCOUNT_STATUSES, type AccountStatus } from './accounts/account-state.js';
export type { ConnectLink, LinkRequest } from './accounts/connect-links.js';
export type { AccountForCall, AccountSelector, ConnectedAccount, LastRefresh } from './accounts/connected-account.js';
export {
  ConnectedAccountsService,
  type AccountFilter,
  type VerifiedUser,
  type NewAccount,
} from './accounts/connected-accounts.service.js';
export type { Verification } from './accounts/user-verification.js';
export { ConnectFailure, type ConnectFailureCode } from './connect/connect-failure.js';
export type { BrowserVisit, CallbackMark, ConnectResult, OpenedLink, SpentFlow } from './connect/connect-flow.js';
export { ConnectFlowService } from './connect/connect-flow.service.js';
export type { TokenGrant } from './connect/token-exchange.js';
export { ConfiguredConnection } from './connections/configured-connection.js';
export type { ConfiguredApps, Connection, ConnectionChanges, NewConnection } from './connections/connection.js';
export { ConnectionDirectory, type KnownConnection } from './connections/connection-directory.js';
export { ConnectionsService, type ConnectionFilter } from './connections/connections.service.js';
export type { ProviderApp } from './connections/provider-apps.js';
export type { LeasedHttp } from './credentials/renewable-http.js';
export { CredentialDisclosure, type AccountWithCredential } from './credentials/credential-disclosure.js';
export { CredentialLease } from './credentials/credential-lease.js';
export { OAUTH_ENTITIES } from './entities/index.js';
export { ExpiredCleanup, type Purged } from './expired-cleanup.js';
export { AccountRefreshService } from './refresh/account-refresh.service.js';
export { IdleRefresh } from './refresh/idle-refresh.js';
export { OAuthModule } from './oauth.module.js';
export { OAuthSettings } from './oauth-settings.js';
export { answerProof, isAnswerProof, isOpaqueToken, newOpaqueToken } from './opaque-token.js';
export { ProviderSignals, type ProviderSignal } from './revocation/provider-signals.js';
export { RevocationSender } from './revocation/revocation-sender.js';
export { REVOCATION_STATES, type RevocationState, type UpstreamRevocation } from './revocation/upstream-revocation.js';
export {
  UpstreamRevocations,
  type PreparedRevocation,
  type RevocationFilter,
  type UnusedTokensOf,
} from './revocation/upstream-revocations.js';
export { MAX_PAGE_SIZE, type Page, type PageRequest } from './page.js';
