import type { RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../validation.js';
import type { ListToolsQuery } from './tools.dto.js';

/** Answers which connections a tool list is narrowed to, by name and by account. */
@Injectable()
export class AccountConnections {
  constructor(private readonly accounts: ConnectedAccountsService) {}

  /**
   * Names of connections; undefined where the query does not narrow, empty where nothing fits. Throws `account_not_found` for an
   * account id that is not known. A user without accounts is not an error: they have no tools.
   */
  async named(ctx: RequestContext, query: ListToolsQuery): Promise<readonly string[] | undefined> {
    const asked = query['filter.connector']?.length ? query['filter.connector'] : undefined;
    const ofAccount = await this.ofAccounts(ctx, query);
    return asked && ofAccount ? asked.filter((name) => ofAccount.includes(name)) : (asked ?? ofAccount);
  }

  private async ofAccounts(ctx: RequestContext, query: ListToolsQuery): Promise<readonly string[] | undefined> {
    const connectedAccountId = query['filter.connected_account_id'];
    const identifier = query['filter.identifier'];
    const organizationId = query['filter.organization_id'];
    if (organizationId !== undefined && identifier === undefined)
      throw invalidRequest([{ field: 'filter.organization_id', message: 'needs filter.identifier beside it' }]);
    if (connectedAccountId !== undefined) {
      const { connectionName } = await this.accounts.find(ctx, { connectedAccountId, identifier });
      return [connectionName];
    }
    if (identifier === undefined) return undefined;
    const { items } = await this.accounts.list(ctx, { identifier, organizationId });
    return items.map(({ connectionName }) => connectionName);
  }
}
