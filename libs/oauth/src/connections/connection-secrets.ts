import type { ConnectionId, RequestContext, Secret, TenantId } from '#app/kernel';
import { Vault, type SealBinding } from '#app/vault';
import { Injectable } from '@nestjs/common';
import { VaultIncidents } from '../credentials/vault-incidents.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';

type SealedSecret = Pick<ConnectionEntity, 'tenantId' | 'id' | 'clientSecretSealed' | 'secretVersion'>;

export interface FlowRef {
  readonly tenantId: TenantId;
  readonly connectionId: ConnectionId;
  readonly stateHash: Buffer;
}

/** Seals and opens what belongs to a connection and to no account: the secret of its OAuth app, PKCE verifiers of its flows. */
@Injectable()
export class ConnectionSecrets {
  constructor(
    private readonly vault: Vault,
    private readonly incidents: VaultIncidents,
  ) {}

  seal(tenantId: TenantId, id: ConnectionId, version: number, secret: Secret): Promise<Buffer> {
    return this.vault.seal(clientSecret(tenantId, id, version), secret);
  }

  open(ctx: RequestContext, { tenantId, id, secretVersion, clientSecretSealed }: SealedSecret): Promise<Secret> {
    const subject = { id: null, connectionId: id, identifier: null };
    return this.incidents.watch(ctx, subject, 'client_secret', () =>
      this.vault.open(clientSecret(tenantId, id, secretVersion), clientSecretSealed),
    );
  }

  sealVerifier(flow: FlowRef, verifier: Secret): Promise<Buffer> {
    return this.vault.seal(pkceVerifier(flow), verifier);
  }

  openVerifier(ctx: RequestContext, flow: FlowRef, sealed: Buffer): Promise<Secret> {
    const subject = { id: null, connectionId: flow.connectionId, identifier: null };
    return this.incidents.watch(ctx, subject, 'pkce_verifier', () => this.vault.open(pkceVerifier(flow), sealed));
  }
}

export const clientSecret = (tenantId: TenantId, connectionId: ConnectionId, version: number): SealBinding => ({
  tenantId,
  connectionId,
  accountId: '',
  kind: 'client_secret',
  version,
  generation: 0,
});

/** A verifier opens for the state of its own flow only. */
export const pkceVerifier = ({ tenantId, connectionId, stateHash }: FlowRef): SealBinding => ({
  tenantId,
  connectionId,
  accountId: stateHash.toString('hex'),
  kind: 'pkce_verifier',
  version: 1,
  generation: 0,
});
