import { ConnectorRegistry, type Principal } from '#app/connector-kit';
import type { EndpointOverrides } from '#app/config';
import { SystemDatabase } from '#app/database';
import { CLOCK, type AccountId, type Clock, type ConnectionId, type JsonObject, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AccountStatus } from './account-state.js';
import { chooseAccount } from './choose-account.js';
import type { AccountForCall, AccountSelector } from './connected-account.js';
import { invalid } from '../oauth.errors.js';

const CACHED_ACCOUNTS = 10_000;
/** How long a change made on another node to what admission does not check (endpoints, parameters) may go unseen. */
const CACHED_MS = 5000;

interface Row {
  id: AccountId;
  connection_id: ConnectionId;
  connection_name: string;
  connection_status: 'enabled' | 'disabled';
  connector: string;
  identifier: string;
  status: AccountStatus;
  status_reason: string | null;
  version: number;
  principal: Principal | null;
  verification_asked: boolean;
  granted_scopes: string[];
  params: JsonObject;
  connection_params: JsonObject;
  endpoints: EndpointOverrides;
}

/**
 * Step 1 of a tool call: which account is meant. On the hot path, so it reads with prepared statements and an explicit tenant,
 * and remembers usable accounts for a moment. A remembered account may be out of date: admission checks its version in the
 * database. A refusal never comes from memory, so that an account works at once when it has been connected.
 */
@Injectable()
export class AccountResolver {
  private readonly cache: LRUCache<string, AccountForCall>;
  private readonly keysOf = new Map<AccountId, Set<string>>();

  constructor(
    private readonly database: SystemDatabase,
    private readonly registry: ConnectorRegistry,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.cache = new LRUCache({
      max: CACHED_ACCOUNTS,
      ttl: CACHED_MS,
      ttlResolution: 0,
      perf: clock,
      dispose: (account, key) => this.forgetKey(account.id, key),
    });
  }

  /** Throws `account_not_found`, or `invalid_arguments` when the selector is empty or fits several accounts. */
  async resolve(tenantId: TenantId, selector: AccountSelector, connectorId: string): Promise<AccountForCall> {
    const key = keyOf(tenantId, connectorId, selector);
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const account = chooseAccount(await this.candidates(tenantId, selector, connectorId), selector, connectorId);
    if (account.status === 'ACTIVE' && account.connectionStatus === 'enabled') this.remember(key, account);
    return account;
  }

  /** Every account of an identifier, whatever its connection, organization and status. */
  async allOf(tenantId: TenantId, identifier: string): Promise<AccountForCall[]> {
    const found = await this.database.query<Row>(ALL_OF_IDENTIFIER, [tenantId, identifier]);
    return found.map((row) => this.toAccount(tenantId, row));
  }

  /**
   * Forgets what is remembered of an account, and of other accounts of its identifier: when one has been added, the identifier
   * alone may fit several.
   */
  invalidate({ id, tenantId, identifier }: Pick<AccountForCall, 'id'> & Partial<AccountForCall>): void {
    const keys = this.keysOf.get(id);
    if (identifier !== undefined)
      for (const [key, account] of this.cache.entries())
        if (account.identifier === identifier && account.tenantId === tenantId) this.cache.delete(key);
    // A copy, since each deletion takes its key out of the set
    if (keys !== undefined) for (const key of Array.from(keys)) this.cache.delete(key);
  }

  private async candidates(
    tenantId: TenantId,
    selector: AccountSelector,
    connectorId: string,
  ): Promise<AccountForCall[]> {
    const { connectedAccountId, identifier, organizationId } = selector;
    if (connectedAccountId === undefined && identifier === undefined)
      throw invalid('identifier', 'is missing: say whose account to use, by identifier or by connected_account_id');
    const found =
      connectedAccountId === undefined
        ? await this.database.query<Row>(BY_IDENTIFIER, [tenantId, identifier, organizationId ?? '', connectorId])
        : await this.database.query<Row>(BY_ID, [tenantId, connectedAccountId]);
    const accounts = found.map((row) => this.toAccount(tenantId, row));
    return identifier === undefined ? accounts : accounts.filter((each) => each.identifier === identifier);
  }

  private toAccount(tenantId: TenantId, row: Row): AccountForCall {
    return {
      id: row.id,
      tenantId,
      connectionId: row.connection_id,
      connectionName: row.connection_name,
      connectionStatus: row.connection_status,
      connector: row.connector,
      identifier: row.identifier,
      status: row.status,
      statusReason: row.status_reason,
      version: row.version,
      principal: row.principal,
      verificationAsked: row.verification_asked,
      grantedScopes: this.reportedScopes(row),
      params: { ...row.connection_params, ...row.params },
      endpoints: row.endpoints,
    };
  }

  /** A provider to which no scopes are sent reports none either; that says nothing of what was granted. */
  private reportedScopes({ connector, granted_scopes: stored }: Row): readonly string[] | null {
    const scopeParam = this.registry.get(connector)?.auth.authorize.scopeParam ?? null;
    return scopeParam === null ? null : stored;
  }

  private remember(key: string, account: AccountForCall): void {
    this.cache.set(key, account);
    const keys = this.keysOf.get(account.id);
    if (keys === undefined) this.keysOf.set(account.id, new Set([key]));
    else keys.add(key);
  }

  private forgetKey(id: AccountId, key: string): void {
    const keys = this.keysOf.get(id);
    keys?.delete(key);
    if (keys?.size === 0) this.keysOf.delete(id);
  }
}

/** Texts of a selector come from callers: their lengths keep two selectors from reading the same. */
const keyOf = (
  tenantId: TenantId,
  connectorId: string,
  { connectedAccountId: id, identifier, connection, organizationId: organization }: AccountSelector,
): string =>
  `${tenantId} ${connectorId} ${id?.length} ${id} ${identifier?.length} ${identifier} ${connection?.length} ${connection} ${organization?.length} ${organization}`;

const SELECT = `
  SELECT a.id, a.connection_id, c.name AS connection_name, c.status AS connection_status, c.connector, a.identifier, a.status,
         a.status_reason, a.version, a.principal, a.granted_scopes, a.params, c.params AS connection_params, c.endpoints,
         a.verification_asked OR c.user_verification = 'required' AS verification_asked
  FROM connected_accounts a JOIN connections c ON c.tenant_id = a.tenant_id AND c.id = a.connection_id`;

const BY_ID = { name: 'oauth.account_by_id', text: `${SELECT} WHERE a.tenant_id = $1 AND a.id = $2` };

const BY_IDENTIFIER = {
  name: 'oauth.account_by_identifier',
  text: `${SELECT} WHERE a.tenant_id = $1 AND a.identifier = $2 AND a.organization_id = $3 AND c.connector = $4 LIMIT 50`,
};

const ALL_OF_IDENTIFIER = {
  name: 'oauth.accounts_of_identifier',
  text: `${SELECT} WHERE a.tenant_id = $1 AND a.identifier = $2 ORDER BY c.name, a.organization_id LIMIT 1000`,
};
