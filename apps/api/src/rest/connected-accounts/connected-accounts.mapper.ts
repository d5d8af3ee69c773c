import type { ConnectedAccount, LastRefresh, Page, UpstreamRevocation } from '#app/oauth';
import type {
  ConnectedAccountPage,
  ConnectedAccountResponse,
  ConnectedAccountSummary,
  LastRefreshView,
} from './connected-accounts.view.js';
import type { RevocationPage, RevocationStateView } from './revocations.view.js';

const revocationState = (revocation: UpstreamRevocation): Pick<RevocationStateView, keyof RevocationStateView> => ({
  id: revocation.id,
  state: revocation.state,
  attempts: revocation.attempts,
  last_error: revocation.lastError,
  next_attempt_at: revocation.nextAttemptAt?.toISOString() ?? null,
});

export const revocationPage = (page: Page<UpstreamRevocation>): RevocationPage => ({
  revocations: page.items.map((revocation) => ({
    ...revocationState(revocation),
    connected_account_id: revocation.accountId,
    connection_id: revocation.connectionId,
    identifier: revocation.identifier,
    provider: revocation.connector.toUpperCase(),
    ends: revocation.scope,
    workspace: revocation.workspace,
    reason: revocation.reason,
    created_at: revocation.createdAt.toISOString(),
    finished_at: revocation.finishedAt?.toISOString() ?? null,
  })),
  next_page_token: page.nextPageToken,
  total_size: page.totalSize,
});

const lastRefresh = (refresh: LastRefresh): LastRefreshView => ({
  result: refresh.result,
  code: refresh.code,
  finished_at: refresh.finishedAt.toISOString(),
  refreshed_at: refresh.refreshedAt?.toISOString() ?? null,
  failures: refresh.failures,
  retry_at: refresh.retryAt?.toISOString() ?? null,
});

/** All members of a summary; an object type, since an instance of a class should not be spread. */
type Summary = Pick<ConnectedAccountSummary, keyof ConnectedAccountSummary>;

const summary = (account: ConnectedAccount): Summary => ({
  id: account.id,
  identifier: account.identifier,
  organization_id: account.organizationId,
  provider: account.connector.toUpperCase(),
  connector: account.connectionName,
  connection_id: account.connectionId,
  status: account.status,
  status_reason: account.statusReason,
  authorization_type: 'OAUTH',
  scopes: account.grantedScopes,
  principal: account.principal && {
    id: account.principal.id,
    label: account.principal.label,
    workspace: account.principal.tenant,
  },
  token_expires_at: account.tokenExpiresAt?.toISOString() ?? null,
  last_refresh: account.lastRefresh && lastRefresh(account.lastRefresh),
  upstream_revocation: account.upstreamRevocation && revocationState(account.upstreamRevocation),
  last_used_at: null,
  created_at: account.createdAt.toISOString(),
  updated_at: account.updatedAt.toISOString(),
});

export const accountResponse = (account: ConnectedAccount, accessToken = ''): ConnectedAccountResponse => ({
  connected_account: {
    ...summary(account),
    authorization_details: { oauth_token: { access_token: accessToken, scopes: account.grantedScopes } },
  },
});

export const accountPage = (page: Page<ConnectedAccount>): ConnectedAccountPage => ({
  connected_accounts: page.items.map(summary),
  next_page_token: page.nextPageToken,
  prev_page_token: '',
  total_size: page.totalSize,
});
