import type { Principal } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import { UpstreamRevocations } from '../revocation/upstream-revocations.js';
import type { SpentFlow } from './connect-flow.js';
import type { TokenGrant } from './token-exchange.js';

/** Tokens of a consent that could not be used: nobody keeps them, so they are revoked at the provider. */
@Injectable()
export class RefusedGrants {
  constructor(
    private readonly database: TenantDatabase,
    private readonly upstream: UpstreamRevocations,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Never rejects: why the tokens could not be used matters more than that they could not be given up either.
   *
   * @param principal null when the provider did not say who consented
   */
  async giveUp(
    { flow, app }: SpentFlow,
    grant: TokenGrant,
    principal: Principal | null,
    reason: string,
  ): Promise<void> {
    const { accountId: id, identifier, tenantId } = flow;
    const params = { ...grant.params, ...principal?.params };
    try {
      const prepared = await this.upstream.prepare({ app, account: { id, identifier }, principal, params }, grant);
      await this.database.withTenant(tenantId, (em) => this.upstream.enqueue(em, prepared, reason));
    } catch (error) {
      const about = { err: error, account: id, connection: app.connection.id, reason };
      this.logger.error(about, 'Tokens that could not be used could not be queued to be revoked at the provider');
    }
  }
}
