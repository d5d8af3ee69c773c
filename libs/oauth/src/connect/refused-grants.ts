import type { Principal } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { Injectable } from '@nestjs/common';
import { UpstreamRevocations } from '../revocation/upstream-revocations.js';
import type { SpentFlow } from './connect-flow.js';
import type { TokenGrant } from './token-exchange.js';

/** Tokens of a consent that could not be used: nobody keeps them, so they are revoked at the provider. */
@Injectable()
export class RefusedGrants {
  constructor(
    private readonly database: TenantDatabase,
    private readonly upstream: UpstreamRevocations,
  ) {}

  /** `principal` is null when the provider did not say who consented. */
  async giveUp(
    { flow, app }: SpentFlow,
    grant: TokenGrant,
    principal: Principal | null,
    reason: string,
  ): Promise<void> {
    const { accountId: id, identifier, tenantId } = flow;
    const params = { ...grant.params, ...principal?.params };
    const prepared = await this.upstream.prepare({ app, account: { id, identifier }, principal, params }, grant);
    await this.database.withTenant(tenantId, (em) => this.upstream.enqueue(em, prepared, reason));
  }
}
