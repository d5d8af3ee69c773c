import { CLOCK, type Clock, type RequestContext } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { ConnectedAccountsService, type AccountForCall } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const REUSE_MS = 60_000;

/**
 * The connect link that comes with "account not active", so that an agent can hand it to its user.
 *
 * An agent that repeats a refused call gets the same link for a minute instead of filling the database with new ones.
 * Without a link the refusal still stands, so a link that can't be made is logged and left out. There is none either when the
 * user is to be verified and the tenant has no verifier of its own: a link that nobody asked for would be a way around that.
 */
@Injectable()
export class ReconnectLink {
  private readonly recent: LRUCache<string, { link: string | null }>;

  constructor(
    private readonly accounts: ConnectedAccountsService,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.recent = new LRUCache({ max: 1_000, ttl: REUSE_MS, ttlResolution: 0, perf: clock });
  }

  async forAccount(ctx: RequestContext, account: AccountForCall): Promise<string | null> {
    // A link made before the account was connected again has been used up, one made before verification was asked is removed, and
    // one of an agent asks its user to sign in
    const forAgent = ctx.source === 'mcp';
    const key = `${ctx.tenantId} ${account.id} ${account.version} ${account.verificationAsked} ${forAgent}`;
    const known = this.recent.get(key);
    if (known !== undefined) return known.link;
    try {
      const link = (await this.accounts.reconnectLink(ctx, account.id))?.link ?? null;
      this.recent.set(key, { link });
      return link;
    } catch (error) {
      this.logger.warn(
        { err: error, account_id: account.id },
        'A connect link for an inactive account could not be made',
      );
      return null;
    }
  }
}
