import { TenantDatabase } from '#app/database';
import type { RequestId, Secret } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { applyChange, lockAccount } from '../accounts/account-store.js';
import { ConnectionSecrets } from '../connections/connection-secrets.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { OAuthFlowEntity } from '../entities/oauth-flow.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { hashToken, newOpaqueToken, sameHash } from '../opaque-token.js';
import { contextOf, type FoundLink, type OpenedLink } from './connect-flow.js';
import { ConnectFailure } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';

/** Flows of one link that can come back at a time. */
const OPEN_FLOWS = 5;
/** Openings of one link that are written to the trail. */
const RECORDED_OPENS = 3;

/** A browser that is about to be sent to the provider, with its cookie. */
export interface StartingVisit {
  readonly requestId: RequestId;
  readonly browser: string;
}

/** Second half of `GET /connect/{link}`: claims the link for the browser and stores the flow under its state. */
@Injectable()
export class FlowStart {
  constructor(
    private readonly database: TenantDatabase,
    private readonly secrets: ConnectionSecrets,
    private readonly events: LifecycleEvents,
    private readonly times: ConnectTimes,
  ) {}

  /** Returns the `state` to send along. Throws {@link ConnectFailure}. */
  async begin(visit: StartingVisit, { link, app }: OpenedLink, verifier: Secret | null): Promise<string> {
    const { tenantId, linkHash, accountId, connectionId } = link;
    const state = newOpaqueToken();
    const stateHash = hashToken(state);
    const browserHash = hashToken(visit.browser);
    const pkceVerifierSealed =
      verifier === null ? null : await this.secrets.sealVerifier({ tenantId, connectionId, stateHash }, verifier);
    const expiresAt = this.times.flowExpiry();
    await this.database.withTenant(tenantId, async (em) => {
      const account = await lockAccount(em, tenantId, accountId);
      if (account === null) throw new ConnectFailure('link_unknown');
      const toRecord = await claim(em, link, browserHash);
      await dropOldFlows(em, link);
      const flow = {
        tenantId,
        stateHash,
        linkHash,
        browserHash,
        accountId,
        connectionId,
        pkceVerifierSealed,
        askedScopes: [...app.scopes],
        expiresAt,
      };
      await em.insert(OAuthFlowEntity, flow);
      await applyChange(em, account, 'authorization_started');
      if (toRecord) await this.record(em, visit, account);
    });
    return state;
  }

  private record(em: EntityManager, visit: StartingVisit, account: ConnectedAccountEntity): Promise<void> {
    const { tenantId, status } = account;
    return this.events.record(contextOf(visit, tenantId), 'connected_account.link_opened', account, { status }, em);
  }
}

/**
 * The link was checked before, but another browser may have been quicker, or the account was disconnected. Returns whether
 * this opening is one of the few that are recorded.
 */
async function claim(em: EntityManager, { tenantId, linkHash }: FoundLink, browserHash: Buffer): Promise<boolean> {
  const link = await em.findOne(ConnectLinkEntity, {
    where: { tenantId, linkHash },
    lock: { mode: 'pessimistic_write' },
  });
  if (link === null) throw new ConnectFailure('link_unknown');
  if (link.completedAt !== null) throw new ConnectFailure('link_used');
  if (link.claimedBy !== null && !sameHash(link.claimedBy, browserHash)) throw new ConnectFailure('link_other_browser');
  if (link.recordedOpens >= RECORDED_OPENS) return false;
  const recordedOpens = link.recordedOpens + 1;
  await em.update(ConnectLinkEntity, { tenantId, linkHash }, { claimedBy: browserHash, recordedOpens });
  return true;
}

/** Makes room for one more flow of a locked link: as many tabs as a person has open, not as many as a script can open. */
async function dropOldFlows(em: EntityManager, { tenantId, linkHash }: FoundLink): Promise<void> {
  const old = await em.find(OAuthFlowEntity, {
    select: { tenantId: true, stateHash: true },
    where: { tenantId, linkHash },
    order: { createdAt: 'DESC' },
    skip: OPEN_FLOWS - 1,
  });
  for (const { stateHash } of old) await em.delete(OAuthFlowEntity, { tenantId, stateHash });
}
