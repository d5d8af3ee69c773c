import type { KeyObject } from 'node:crypto';
import type { AuditTrail } from '#app/audit';
import type { SealedKeyColumn, SecretKeeper, SigningKeyBinding } from '#app/identity';
import { newId, type Secret } from '#app/kernel';
import { VaultOpenError, type Vault } from '#app/vault';

/**
 * The vault as identity wants to see it. A signing key that does not open was changed, moved or damaged: that is an incident, in the
 * trail of the installation, once until it opens again, however many requests come upon it.
 */
export class WatchedKeys implements SecretKeeper {
  /** Keys that are known not to open; there are as many as the table has. */
  private readonly broken = new Set<string>();

  constructor(
    private readonly vault: Vault,
    private readonly trail: Pick<AuditTrail, 'record'>,
  ) {}

  sealKey(binding: SigningKeyBinding, key: KeyObject): Promise<Buffer> {
    return this.vault.sealKey(binding, key);
  }

  async openKey(binding: SigningKeyBinding, sealed: Buffer): Promise<KeyObject> {
    try {
      const key = await this.vault.openKey(binding, sealed);
      this.broken.delete(binding.accountId);
      return key;
    } catch (error) {
      if (error instanceof VaultOpenError) await this.report(binding, error);
      throw error;
    }
  }

  registerColumn(column: SealedKeyColumn): void {
    this.vault.registerColumn(column);
  }

  digest(secret: Secret): Buffer {
    return this.vault.digest(secret);
  }

  private async report({ tenantId, accountId: kid }: SigningKeyBinding, { reason }: VaultOpenError): Promise<void> {
    if (this.broken.has(kid)) return;
    this.broken.add(kid);
    const who = { tenantId, source: 'job' as const, requestId: newId('request') };
    try {
      await this.trail.record({ ...who, type: 'vault.open_failed', reason, detail: { stored: 'signing_key', kid } });
    } catch (error) {
      this.broken.delete(kid);
      throw error;
    }
  }
}
