/**
 * Every type of record in the audit trail, with what it means. `noun.verb_past`; consumers filter and alert on these names, so
 * they are added to and never renamed.
 */
export const AUDIT_EVENTS = {
  'tool.requested': 'A tool call was allowed; written before anything is sent to the provider',
  'tool.executed': 'What a tool call came to: success, failure, or unknown when its process ended before it could say',
  'tool.refused': 'A tool call was refused; nothing was sent to the provider',
  'execution.replayed':
    'A write got the stored answer of an earlier call: of one with the same idempotency key, or of one whose caller had vanished; nothing was sent',
  'connection.created': 'A connection was made',
  'connection.updated': 'A connection was changed, enabled or disabled',
  'connection.deleted': 'A connection was deleted with all of its accounts',
  'connected_account.created': 'A connected account was made; its user has not connected yet',
  'connected_account.link_created': 'A connect link was made for an end user',
  'connected_account.link_opened': 'A browser opened a connect link and was sent to the provider',
  'connected_account.link_declined':
    'Whoever opened a connect link said that they are not the user it was made for; it ended',
  'connected_account.link_refused':
    'A connect link or callback was refused: unknown, used, expired, or from another browser',
  'connected_account.consent_refused': 'The end user refused consent at the provider',
  'connected_account.connect_failed': 'Consent was given, but the account could not be connected',
  'connected_account.verification_pending': 'Connected, waiting for the tenant to confirm who the user is',
  'connected_account.verification_refused': 'The tenant did not confirm who the user is, or too late',
  'connected_account.activated': 'The account holds a usable credential',
  'connected_account.refreshed': 'The provider issued a new credential; detail tells scopes that were lost or gained',
  'connected_account.refresh_failed':
    'The provider issued no new credential this time; the account stays connected (the 1st, 2nd, 4th, 8th … in a row)',
  'connected_account.refresh_discarded':
    'A new credential was issued for an account that had been revoked meanwhile; it was not stored',
  'connected_account.credential_disclosed':
    'An API client that may read credentials got the access token of the account as text',
  'connected_account.expired': 'The provider said that the authorization is over: the user has to connect again',
  'connected_account.disconnected': 'The credential was given up on request of the tenant',
  'connected_account.deleted': 'The account and its credential were deleted',
  'connected_account.revoked_by_provider': 'The provider said that the credential is no longer valid',
  'connected_account.upstream_revoked': 'The provider was told that the credential is given up, and has confirmed it',
  'connected_account.upstream_revoke_skipped':
    'The provider was not told that the credential is given up: it would have ended the access of others too',
  'connected_account.upstream_revoke_failed': 'The provider could not be told that the credential is given up',
  'api_client.created': 'An API client was made',
  'api_client.updated': 'An API client was changed or disabled',
  'api_client.secret_rotated': 'An API client got a new secret',
  'api_client.token_refused': 'A token request with a known client id was refused',
  'tenant.updated':
    'The tenant was renamed, changed where browsers may be sent or who verifies users, or began or ceased to keep payloads in full',
  'webhook.created': 'An endpoint was added that is told of events',
  'webhook.updated': 'An endpoint for events was changed, enabled or disabled by the tenant',
  'webhook.deleted': 'An endpoint for events was deleted with what was on its way there',
  'webhook.secret_rotated': 'An endpoint for events got a new secret; the old one signs along for a day',
  'webhook.redelivered': 'The tenant had an event sent once more to an endpoint',
  'webhook.disabled': 'An endpoint for events was disabled, since it has failed for days or said that it is gone',
  'tenant.created': 'The operator made the tenant and its first API client',
  'tenant.suspended': 'The operator suspended the tenant: nothing is done for it',
  'tenant.resumed': 'The operator let the tenant work again',
  'tenant.shredded': 'The keys of the tenant were destroyed, and with them every secret of it',
  'agent_token.created': 'A token was made with which an agent may act for an end user',
  'agent_token.revoked': 'A token of an agent was revoked',
  'agent_issuer.updated': 'The tenant changed where its end users sign in before they allow an application something',
  'agent_grant.created': 'An end user allowed an application to act for them',
  'agent_grant.extended': 'An end user allowed an application more than they did at first',
  'agent_grant.revoked':
    'An application may no longer act for an end user: ended by the user, the tenant or the application, or because one of its tokens was used twice',
  'toolset.created': 'A toolset was made; detail has the digest of the definition of each of its tools',
  'toolset.updated': 'The tools of a toolset, or what it says of itself, were changed',
  'toolset.accepted': 'The definitions of the tools of a toolset were accepted as they are',
  'toolset.deleted': 'A toolset was deleted: its URL answers nobody any more',
  'audit.listed': 'The audit trail was read',
  'audit.exported': 'The audit trail was exported',
  'audit.expired': 'Records older than the retention time were dropped',
  'audit.reconciled': 'Tool calls without an outcome were looked for, up to the time given',
  'data_key.staged': 'A new data key was made for the tenant; every node loads it before anything is sealed with it',
  'data_key.promoted': 'From now on everything is sealed with the new data key; what is there is sealed anew',
  'data_key.rewrapped': 'A data key was wrapped with the current master key; what it sealed is as it was',
  'data_key.destroyed': 'A data key with which nothing is sealed any more was destroyed',
  'vault.open_failed': 'A stored secret could not be decrypted',
} as const satisfies Record<string, string>;

export type AuditEventType = keyof typeof AUDIT_EVENTS;

/** Types of what happens outside of a tool call: those that go through `AuditTrail.record`. */
export type LifecycleEventType = Exclude<AuditEventType, `tool.${string}`>;

export type AuditKind = 'intent' | 'outcome' | 'denial' | 'event';
