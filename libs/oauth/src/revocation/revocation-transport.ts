import { ConnectorRegistry } from '#app/connector-kit';
import { EgressClient, EgressError } from '#app/egress';
import { AppError, CLOCK, type Clock, type RequestContext, type Secret } from '#app/kernel';
import { VaultOpenError } from '#app/vault';
import { Inject, Injectable } from '@nestjs/common';
import { DamagedCredential } from '../credentials/vault-incidents.js';
import type { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import { OAuthSettings } from '../oauth-settings.js';
import { RevocationSeals } from './revocation-seals.js';
import { readRevokeAnswer, type RevokeVerdict } from './revoke-answer.js';
import { revokeRequest, tokensToSend } from './revoke-request.js';

/** Sends one revocation: opens its tokens and makes the requests that the manifest describes. */
@Injectable()
export class RevocationTransport {
  constructor(
    private readonly registry: ConnectorRegistry,
    private readonly seals: RevocationSeals,
    private readonly egress: EgressClient,
    private readonly settings: OAuthSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What came of it. Throws nothing that a further attempt could mend. */
  async send(ctx: RequestContext, row: UpstreamRevocationEntity): Promise<RevokeVerdict> {
    const connector = this.registry.get(row.connector);
    const revoke = connector?.auth.revoke ?? null;
    if (connector === null || revoke === null) return again('connector_not_installed');
    if (row.sealed === null) return { kind: 'hopeless', error: 'credential_gone' };
    try {
      const tokens = tokensToSend(revoke, await this.seals.open(ctx, row, row.sealed));
      const secret = await this.clientSecret(ctx, row);
      for (const token of tokens) {
        const request = revokeRequest(connector, revoke, row, token, secret);
        const response = await this.egress.send({ ...request, timeoutMs: this.settings.exchangeTimeoutMs });
        const verdict = readRevokeAnswer(response, revoke.tokenIn, this.clock.now());
        if (verdict.kind !== 'done') return verdict;
      }
      return { kind: 'done' };
    } catch (error) {
      return verdictOfError(error);
    }
  }

  private async clientSecret(ctx: RequestContext, row: UpstreamRevocationEntity): Promise<Secret | null> {
    const { clientSecretSealed } = row;
    return clientSecretSealed === null ? null : this.seals.openClientSecret(ctx, row, clientSecretSealed);
  }
}

const again = (error: string): RevokeVerdict => ({ kind: 'retry', error, afterMs: null });

/** A ciphertext that does not open will not open later either; the vault's incident is in the trail already. */
function verdictOfError(error: unknown): RevokeVerdict {
  if (error instanceof EgressError) return again(`provider_${error.kind}`);
  if (!(error instanceof AppError)) throw error;
  const damaged = error.cause instanceof VaultOpenError || error.cause instanceof DamagedCredential;
  return damaged ? { kind: 'hopeless', error: 'credential_unreadable' } : again(error.code);
}
