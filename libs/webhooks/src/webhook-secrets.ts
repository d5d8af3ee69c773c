import { randomBytes } from 'node:crypto';
import { Secret, type TenantId, type WebhookId } from '#app/kernel';
import { Vault, WEBHOOK_SECRET_PREFIX, type SealBinding, type SealedColumnParts } from '#app/vault';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { WebhookEndpointEntity } from './entities/webhook-endpoint.entity.js';

type Sealed = Pick<
  WebhookEndpointEntity,
  'tenantId' | 'id' | 'secretVersion' | 'secretSealed' | 'previousSecretSealed' | 'previousSecretUntil'
>;

interface SecretColumns {
  readonly id: WebhookId;
  readonly version: number;
}

/** The secrets with which webhooks are signed. Plain base64 behind the prefix: readers of base64url trip over others. */
@Injectable()
export class WebhookSecrets implements OnModuleInit {
  constructor(private readonly vault: Vault) {}

  onModuleInit(): void {
    this.vault.registerColumn(column('webhook_secrets', 'secret_sealed', 'held.secret_version'));
    this.vault.registerColumn(column('previous_webhook_secrets', 'previous_secret_sealed', 'held.secret_version - 1'));
  }

  /** As the tenant is shown it, once. */
  generate(): string {
    return WEBHOOK_SECRET_PREFIX + randomBytes(32).toString('base64');
  }

  seal(tenantId: TenantId, id: WebhookId, version: number, secret: string): Promise<Buffer> {
    return this.vault.seal(binding(tenantId, id, version), new Secret(secret));
  }

  /** Those that sign at this moment: the current one, and for a day the one before. */
  async valid({ tenantId, id, secretVersion, ...sealed }: Sealed, now: number): Promise<Secret[]> {
    const current = await this.vault.open(binding(tenantId, id, secretVersion), sealed.secretSealed);
    const { previousSecretSealed: previous, previousSecretUntil: until } = sealed;
    if (previous === null || until === null || until.getTime() <= now) return [current];
    return [current, await this.vault.open(binding(tenantId, id, secretVersion - 1), previous)];
  }
}

const binding = (tenantId: TenantId, accountId: WebhookId, version: number): SealBinding => ({
  tenantId,
  connectionId: '',
  accountId,
  kind: 'webhook_secret',
  version,
  generation: 0,
});

const column = (name: string, of: string, version: string): SealedColumnParts<SecretColumns> => ({
  name,
  table: 'webhook_endpoints',
  column: of,
  key: { id: 'text' },
  select: { id: 'held.id', version },
  bindings: ({ id, version: number }, tenantId) => [binding(tenantId, id, number)],
  forget: `UPDATE webhook_endpoints SET status = 'disabled', secret_sealed = '', previous_secret_sealed = NULL WHERE tenant_id = $1`,
});
