import type { Principal } from '#app/connector-kit';
import type { AccountId, ConnectionId, JsonObject, TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import { nextState, type AccountChange } from './account-state.js';
import { columnValues } from '../entities/columns.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import { VerificationRequestEntity } from '../entities/verification-request.entity.js';

/** What a consent that succeeded says about the account. */
export interface Consent {
  readonly principal: Principal;
  readonly grantedScopes: readonly string[];
  readonly params: JsonObject;
  readonly tokenExpiresAt: Date | null;
}

/** The account, locked until the transaction ends. Whoever changes an account or what hangs on it takes this lock first. */
export const lockAccount = (
  em: EntityManager,
  tenantId: TenantId,
  id: AccountId,
): Promise<ConnectedAccountEntity | null> =>
  em.findOne(ConnectedAccountEntity, { where: { tenantId, id }, lock: { mode: 'pessimistic_write' } });

/** The ids of a connection's accounts, all of them locked. In the order of their ids, so that two of these can't block each other. */
export async function lockAccountsOf(
  em: EntityManager,
  tenantId: TenantId,
  connectionId: ConnectionId,
): Promise<AccountId[]> {
  const rows: { id: AccountId }[] = await em.query(
    'SELECT id FROM connected_accounts WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id FOR UPDATE',
    [tenantId, connectionId],
  );
  return rows.map(({ id }) => id);
}

/** Applies a change of state to a locked account. Returns whether it changed anything. */
export async function applyChange(
  em: EntityManager,
  account: ConnectedAccountEntity,
  change: AccountChange,
  reason: string | null = null,
): Promise<boolean> {
  const next = nextState(account, change);
  if (next === account) return false;
  await save(em, account, { ...next, statusReason: reason });
  return true;
}

/** A credential, sealed for one version of one account and slot. */
export interface SealedFor {
  readonly version: number;
  readonly bytes: Buffer;
  /** When the provider issued what was sealed. */
  readonly issuedAt: Date;
}

/** Makes a locked account active with the credential sealed for exactly its next version. */
export async function activate(
  em: EntityManager,
  account: ConnectedAccountEntity,
  consent: Consent,
  sealed: SealedFor,
): Promise<void> {
  const next = nextState(account, 'activated');
  if (next.version !== sealed.version) throw new Error('The credential was sealed for another version of the account');
  await dropWaitingConsent(em, account);
  await em.upsert(CredentialEntity, credentialRow(account, 'active', sealed), ['tenantId', 'accountId', 'slot']);
  await save(em, account, { ...next, ...consentColumns(consent), statusReason: null });
}

/** Keeps a consent apart until the tenant has vouched for the user. One waits at a time: an earlier one was given up before. */
export async function parkConsent(
  em: EntityManager,
  account: ConnectedAccountEntity,
  consent: Consent,
  sealed: SealedFor,
  request: { readonly hash: Buffer; readonly expiresAt: Date },
): Promise<void> {
  await em.insert(CredentialEntity, credentialRow(account, 'pending', sealed));
  const values = {
    ...consentColumns(consent),
    tenantId: account.tenantId,
    accountId: account.id,
    requestHash: request.hash,
    credentialVersion: sealed.version,
    expiresAt: request.expiresAt,
  };
  await em.insert(VerificationRequestEntity, columnValues<VerificationRequestEntity>(values));
  await applyChange(em, account, 'verification_pending');
}

/** Only these: whoever hands a consent over may hand over more. */
const consentColumns = ({ principal, grantedScopes, params, tokenExpiresAt }: Consent) => ({
  principal,
  grantedScopes: [...grantedScopes],
  params,
  tokenExpiresAt,
});

const credentialRow = (
  { tenantId, id }: ConnectedAccountEntity,
  slot: 'active' | 'pending',
  { version, bytes, issuedAt }: SealedFor,
) => ({
  tenantId,
  accountId: id,
  slot,
  version,
  generation: 0,
  sealed: bytes,
  issuedAt,
});

/**
 * Disconnects a locked account: no credential is left, neither in use nor waiting, and no link or flow from before can bring
 * it back. Returns whether it was anything but disconnected.
 */
export async function disconnect(em: EntityManager, account: ConnectedAccountEntity, reason: string): Promise<boolean> {
  const { tenantId, id: accountId } = account;
  await dropWaitingConsent(em, account);
  await em.delete(CredentialEntity, { tenantId, accountId });
  await em.delete(ConnectLinkEntity, { tenantId, accountId });
  return applyChange(em, account, 'disconnected', reason);
}

/** Whether the credential in use of a locked account is this one, and not one that it was refreshed to since. */
export const holdsGeneration = (
  em: EntityManager,
  { tenantId, id: accountId }: ConnectedAccountEntity,
  generation: number,
): Promise<boolean> => em.existsBy(CredentialEntity, { tenantId, accountId, slot: 'active', generation });

/** The provider no longer accepts the credential. A re-authorization that is under way goes on. */
export async function loseCredential(
  em: EntityManager,
  account: ConnectedAccountEntity,
  change: 'expired' | 'disconnected',
  reason: string,
): Promise<boolean> {
  await em.delete(CredentialEntity, { tenantId: account.tenantId, accountId: account.id, slot: 'active' });
  return applyChange(em, account, change, reason);
}

/** What a refresh puts in the place of a credential. */
export interface Renewal extends SealedFor {
  readonly generation: number;
  readonly tokenExpiresAt: Date | null;
  /** Parameters that the answer told; they win over those known. */
  readonly params: JsonObject;
  readonly grantedScopes: readonly string[];
}

/**
 * Replaces the credential of a locked account by its next generation. The version stays, so that no call has to be admitted anew,
 * unless the renewal was sealed for the next one: then what the calls were decided on has changed.
 */
export async function renew(em: EntityManager, account: ConnectedAccountEntity, renewal: Renewal): Promise<void> {
  const { tenantId, id: accountId } = account;
  const { version, generation, bytes: sealed, issuedAt, tokenExpiresAt } = renewal;
  await em.update(CredentialEntity, { tenantId, accountId, slot: 'active' }, { version, generation, sealed, issuedAt });
  const params = { ...account.params, ...renewal.params };
  await save(em, account, { version, tokenExpiresAt, params, grantedScopes: [...renewal.grantedScopes] });
}

/** Forgets who the provider said the user is, so that another app or another person may be connected. */
export const forgetPrincipal = (em: EntityManager, account: ConnectedAccountEntity): Promise<void> =>
  save(em, account, { principal: null, grantedScopes: [], params: {}, tokenExpiresAt: null });

/** Destroys a consent that waits for verification. */
export async function dropWaitingConsent(em: EntityManager, account: ConnectedAccountEntity): Promise<void> {
  const { tenantId, id: accountId } = account;
  await em.delete(VerificationRequestEntity, { tenantId, accountId });
  await em.delete(CredentialEntity, { tenantId, accountId, slot: 'pending' });
}

/** Whether the provider now says that the user is somebody else than at the last consent. */
export function isSomebodyElse(known: Principal | null, now: Principal): boolean {
  return known !== null && (known.id !== now.id || known.tenant !== now.tenant);
}

async function save(
  em: EntityManager,
  account: ConnectedAccountEntity,
  changes: Partial<ConnectedAccountEntity>,
): Promise<void> {
  const { tenantId, id } = account;
  const values = columnValues<ConnectedAccountEntity>({ ...changes, updatedAt: () => 'now()' });
  await em.update(ConnectedAccountEntity, { tenantId, id }, values);
  Object.assign(account, changes);
}
