import { SystemDatabase } from '#app/database';
import type { ConnectionId, TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { hashToken } from '../opaque-token.js';
import { TENANT_SETTINGS } from '../tenant-settings.js';
import type { FoundFlow, FoundLink } from './connect-flow.js';

/** The look-ups of a browser's visit that come before its tenant is known: by link, by state, by connection. */
@Injectable()
export class ConnectLookups {
  constructor(private readonly database: SystemDatabase) {}

  async findLink(token: string): Promise<FoundLink | null> {
    const [link] = await this.database.query<FoundLink>(LINK_BY_HASH, [hashToken(token)]);
    return link ?? null;
  }

  /**
   * Takes the flow out of the database, if it is this browser's: of any number of its callbacks with one state, exactly one
   * gets it. To another browser the flow is only shown, and stays for the one that it belongs to.
   */
  async spendFlow(state: string, browser: string | null): Promise<FoundFlow | null> {
    const values = [hashToken(state), browser === null ? null : hashToken(browser)];
    const [flow] = await this.database.query<FoundFlow>(SPEND_FLOW, values);
    return flow ?? null;
  }

  async tenantOfConnection(id: ConnectionId): Promise<TenantId | null> {
    const [row] = await this.database.query<{ tenantId: TenantId }>(TENANT_OF_CONNECTION, [id]);
    return row?.tenantId ?? null;
  }
}

const LINK_BY_HASH = {
  name: 'oauth.link_by_hash',
  text: `SELECT l.tenant_id AS "tenantId", l.link_hash AS "linkHash", l.account_id AS "accountId",
           l.connection_id AS "connectionId", l.claimed_by AS "claimedBy", l.completed_at AS "completedAt",
           l.expires_at AS "expiresAt", l.user_verify_url AS "userVerifyUrl", l.sign_in AS "signIn", a.identifier,
           a.organization_id AS "organizationId", ${TENANT_SETTINGS}
         FROM connect_links l JOIN connected_accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
           JOIN tenants t ON t.tenant_id = l.tenant_id
         WHERE l.link_hash = $1`,
};

const SPEND_FLOW = {
  name: 'oauth.spend_flow',
  text: `WITH spent AS (DELETE FROM oauth_flows WHERE state_hash = $1 AND browser_hash = $2::bytea RETURNING *),
           found AS (SELECT * FROM spent UNION ALL
             SELECT * FROM oauth_flows WHERE state_hash = $1 AND browser_hash IS DISTINCT FROM $2::bytea)
         SELECT f.tenant_id AS "tenantId", f.state_hash AS "stateHash", f.link_hash AS "linkHash", f.account_id AS "accountId",
           f.connection_id AS "connectionId", f.browser_hash AS "browserHash", f.pkce_verifier_sealed AS "verifierSealed",
           f.asked_scopes AS "askedScopes",
           f.expires_at AS "expiresAt", a.identifier, t.status = 'active' AS "tenantActive"
         FROM found f JOIN connected_accounts a ON a.tenant_id = f.tenant_id AND a.id = f.account_id
           JOIN tenants t ON t.tenant_id = f.tenant_id`,
};

const TENANT_OF_CONNECTION = {
  name: 'oauth.tenant_of_connection',
  text: 'SELECT tenant_id AS "tenantId" FROM connections WHERE id = $1',
};
