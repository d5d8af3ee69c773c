import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { VaultNode } from '../create-vault.js';
import { VAULT_NODE } from '../vault-node.js';

/** How often a node asks what to drop: about this long a rotation or a shred waits for a node that is well. */
const EVERY_MS = 500;

/** Renews this node's lease while the application runs. A renewal that fails is repeated; meanwhile the lease runs out by itself. */
@Injectable()
export class LeaseKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(@Inject(VAULT_NODE) private readonly node: Pick<VaultNode, 'lease' | 'keyring'>) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tick(), EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.node.lease.end().catch(() => undefined);
  }

  private async tick(): Promise<void> {
    this.node.keyring.dropExpired();
    await this.node.lease.renew().catch(() => undefined);
  }
}
