import type { RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import { ReconnectLink } from './reconnect-link.js';

/** A link with which a user who has never connected can do so, for the agent that has just called a tool for them. */
@Injectable()
export class ConnectOffer {
  constructor(
    private readonly accounts: ConnectedAccountsService,
    private readonly links: ReconnectLink,
  ) {}

  /** Makes the account, waiting for its user. Null when the user may connect only by way of the tenant's own application. */
  async forNewcomer(ctx: RequestContext, connection: string, identifier: string): Promise<string | null> {
    const { id } = await this.accounts.create(ctx, { connection, identifier });
    const account = (await this.accounts.allForIdentifier(ctx, identifier)).find((each) => each.id === id);
    const usable = account?.connectionStatus === 'enabled' ? account : null;
    return usable === null ? null : this.links.forAccount(ctx, usable);
  }
}
