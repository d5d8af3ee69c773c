import type { RefreshSettings } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { CLOCK, type Clock, type RequestContext, type Secret } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { ProviderApps, type ProviderApp } from '../connections/provider-apps.js';
import { CredentialSeals } from '../credentials/credential-seals.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import type { RefreshSubject } from './refresh-subject.js';

/** What a refresh needs. */
export interface Material {
  readonly account: ConnectedAccountEntity;
  readonly app: ProviderApp;
  readonly settings: RefreshSettings;
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  readonly clientSecret: Secret;
  /** Whether the access token is past its time. */
  readonly expired: boolean;
}

/** Finds and opens what a refresh needs. */
@Injectable()
export class RefreshMaterial {
  constructor(
    private readonly database: TenantDatabase,
    private readonly apps: ProviderApps,
    private readonly seals: CredentialSeals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Null when the account has moved on, or has nothing that could be refreshed. */
  async find(ctx: RequestContext, subject: RefreshSubject): Promise<Material | null> {
    const { tenantId, id, version, generation } = subject;
    const [account, credential] = await this.database.withTenant(tenantId, async (em) => [
      await em.findOneBy(ConnectedAccountEntity, { tenantId, id, version, status: 'ACTIVE' }),
      await em.findOneBy(CredentialEntity, { tenantId, accountId: id, slot: 'active', version, generation }),
    ]);
    if (account === null || credential === null) return null;
    const app = await this.apps.find(tenantId, account.connectionId);
    const settings = app?.connector.auth.refresh ?? null;
    if (app === null || settings === null) return null;
    const place = { account, slot: 'active', version, generation } as const;
    const { accessToken, refreshToken } = await this.seals.open(ctx, place, credential.sealed);
    if (refreshToken === null) return null;
    const clientSecret = await this.apps.clientSecret(ctx, app);
    const expired = account.tokenExpiresAt !== null && account.tokenExpiresAt.getTime() <= this.clock.now();
    return { account, app, settings, accessToken, refreshToken, clientSecret, expired };
  }
}
