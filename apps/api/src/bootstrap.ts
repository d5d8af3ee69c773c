import { AuditMaintenance } from '#app/audit';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { ApiClientsService } from '#app/identity';
import type { Secret, TenantId } from '#app/kernel';
import { ConfiguredConnection } from '#app/oauth';
import { Vault } from '#app/vault';
import { Inject, Injectable } from '@nestjs/common';

/** The sandbox provider, as the process that started it describes it. */
export interface SandboxApp {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

export interface FirstTenant {
  readonly tenantId: TenantId;
  readonly clientId: string;
  /** Only at the first boot of a database whose client was generated. Printed once, stored as a digest. */
  readonly clientSecret: string | null;
  /** What the connection `intercom` points to; null when there is none. */
  readonly intercom: 'real' | 'sandbox' | null;
}

/** What must hold before the first request is served. Safe to run again, and on several nodes at once. */
@Injectable()
export class Bootstrap {
  constructor(
    private readonly vault: Vault,
    private readonly clients: ApiClientsService,
    private readonly connection: ConfiguredConnection,
    private readonly auditMaintenance: AuditMaintenance,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async run(sandbox: SandboxApp | null): Promise<FirstTenant> {
    await this.vault.checkMasterKey();
    await this.auditMaintenance.ensurePartitions();
    const { tenantId, clientId, secret } = await this.clients.ensureBootstrap(this.config.bootstrapClient);
    const intercom = await this.connection.ensureFromConfig(tenantId, { intercom: this.config.intercom, sandbox });
    return { tenantId, clientId, clientSecret: secret, intercom };
  }
}
