import { AuditModule } from '#app/audit';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { VaultModule } from '#app/vault';
import { WebhooksModule } from '#app/webhooks';
import { Module } from '@nestjs/common';
import { AccountResolver } from './accounts/account-resolver.js';
import { ConnectLinks } from './accounts/connect-links.js';
import { ConnectedAccountsService } from './accounts/connected-accounts.service.js';
import { UserVerification } from './accounts/user-verification.js';
import { WaitingConsents } from './accounts/waiting-consents.js';
import { ConnectFlowService } from './connect/connect-flow.service.js';
import { ConnectLookups } from './connect/connect-lookups.js';
import { ConnectTimes } from './connect/connect-times.js';
import { FailureRecords } from './connect/failure-records.js';
import { FlowCheck } from './connect/flow-check.js';
import { FlowCompletion } from './connect/flow-completion.js';
import { FlowStart } from './connect/flow-start.js';
import { FlowSteps } from './connect/flow-steps.js';
import { IdentityCheck } from './connect/identity-check.js';
import { LinkCompletion } from './connect/link-completion.js';
import { LinkOpening } from './connect/link-opening.js';
import { RefusedGrants } from './connect/refused-grants.js';
import { StrayCallbacks } from './connect/stray-callbacks.js';
import { TokenExchange } from './connect/token-exchange.js';
import { ConfiguredConnection } from './connections/configured-connection.js';
import { ConnectionDirectory } from './connections/connection-directory.js';
import { ConnectionSecrets } from './connections/connection-secrets.js';
import { ConnectionsService } from './connections/connections.service.js';
import { ProviderApps } from './connections/provider-apps.js';
import { CredentialDisclosure } from './credentials/credential-disclosure.js';
import { CredentialLease } from './credentials/credential-lease.js';
import { CredentialSeals } from './credentials/credential-seals.js';
import { CurrentCredentials } from './credentials/current-credentials.js';
import { VaultIncidents } from './credentials/vault-incidents.js';
import { ExpiredCleanup } from './expired-cleanup.js';
import { LifecycleEvents } from './lifecycle-events.js';
import { OAuthMetrics } from './oauth-metrics.js';
import { OAuthSettings } from './oauth-settings.js';
import { AccessTokenProbe } from './refresh/access-token-probe.js';
import { AccountRefreshService } from './refresh/account-refresh.service.js';
import { IdleRefresh } from './refresh/idle-refresh.js';
import { AnswerKeeper } from './refresh/answer-keeper.js';
import { RefreshAttempt } from './refresh/refresh-attempt.js';
import { RefreshCounts } from './refresh/refresh-counts.js';
import { RefreshEndings } from './refresh/refresh-endings.js';
import { RefreshJournal } from './refresh/refresh-journal.js';
import { RefreshMaterial } from './refresh/refresh-material.js';
import { RefreshRedemption } from './refresh/refresh-redemption.js';
import { RefreshRequest } from './refresh/refresh-request.js';
import { RefreshStorage } from './refresh/refresh-storage.js';
import { RefreshTimings } from './refresh/refresh-timings.js';
import { TokenRefresher } from './refresh/token-refresher.js';
import { AccountProbe } from './revocation/account-probe.js';
import { ProviderSignals } from './revocation/provider-signals.js';
import { RevocationOutcomes } from './revocation/revocation-outcomes.js';
import { RevocationSeals } from './revocation/revocation-seals.js';
import { RevocationSender } from './revocation/revocation-sender.js';
import { RevocationTransport } from './revocation/revocation-transport.js';
import { UpstreamRevocations } from './revocation/upstream-revocations.js';
import { SealedColumns } from './sealed-columns.js';

const CONNECT_FLOW = [
  ConnectLookups,
  ConnectTimes,
  FailureRecords,
  FlowCheck,
  FlowCompletion,
  FlowStart,
  FlowSteps,
  IdentityCheck,
  LinkCompletion,
  LinkOpening,
  RefusedGrants,
  StrayCallbacks,
  TokenExchange,
];

const ACCOUNTS = [AccountResolver, ConnectLinks, UserVerification, WaitingConsents];

const REFRESH = [
  AccountRefreshService,
  AccessTokenProbe,
  AnswerKeeper,
  IdleRefresh,
  RefreshAttempt,
  RefreshCounts,
  RefreshEndings,
  RefreshJournal,
  RefreshMaterial,
  RefreshRedemption,
  RefreshRequest,
  RefreshStorage,
  TokenRefresher,
  { provide: RefreshTimings, useFactory: () => new RefreshTimings() },
];

const SECRETS = [ConnectionSecrets, CredentialSeals, CurrentCredentials, SealedColumns, VaultIncidents];

const REVOCATION = [
  AccountProbe,
  ProviderSignals,
  RevocationOutcomes,
  RevocationSeals,
  RevocationSender,
  RevocationTransport,
  UpstreamRevocations,
];

/** Needs the database, the configuration, the clock, the egress client and the connector registry from the composition root. */
@Module({
  imports: [AuditModule, VaultModule, WebhooksModule],
  providers: [
    { provide: OAuthSettings, inject: [APP_CONFIG], useFactory: (config: AppConfig) => OAuthSettings.from(config) },
    ...CONNECT_FLOW,
    ...ACCOUNTS,
    ...SECRETS,
    ...REFRESH,
    ...REVOCATION,
    LifecycleEvents,
    OAuthMetrics,
    ProviderApps,
    ConfiguredConnection,
    ConnectionDirectory,
    ConnectedAccountsService,
    ConnectFlowService,
    ConnectionsService,
    CredentialDisclosure,
    CredentialLease,
    ExpiredCleanup,
  ],
  exports: [
    AccountRefreshService,
    IdleRefresh,
    ConfiguredConnection,
    ConnectionDirectory,
    ConnectedAccountsService,
    ConnectFlowService,
    ConnectionsService,
    CredentialDisclosure,
    CredentialLease,
    ExpiredCleanup,
    OAuthSettings,
    ProviderSignals,
    RevocationSender,
    UpstreamRevocations,
  ],
})
export class OAuthModule {}
