import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { getConnection } from '../connections/connection-store.js';
import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { UpstreamRevocations } from '../revocation/upstream-revocations.js';
import { applyChange, dropWaitingConsent } from './account-store.js';

/** Ends consents that wait to be vouched for and will not be: what was granted is destroyed here and revoked at the provider. */
@Injectable()
export class WaitingConsents {
  constructor(private readonly upstream: UpstreamRevocations) {}

  /** Of a locked account. */
  async refuse(em: EntityManager, account: ConnectedAccountEntity, reason: string): Promise<void> {
    await this.destroy(em, account, `verification_${reason}`);
    await applyChange(em, account, 'verification_failed', reason);
  }

  /** The user has consented once more: nobody will vouch for the earlier consent. */
  replace(em: EntityManager, account: ConnectedAccountEntity): Promise<void> {
    return this.destroy(em, account, 'consent_replaced');
  }

  private async destroy(em: EntityManager, account: ConnectedAccountEntity, reason: string): Promise<void> {
    const { tenantId, id, connectionId } = account;
    const connection = await getConnection(em, tenantId, connectionId);
    await this.upstream.giveUp(em, connection, [id], { reason }, 'pending');
    await dropWaitingConsent(em, account);
  }
}
