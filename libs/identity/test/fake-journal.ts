import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { IdentityEvent, IdentityJournal } from '../src/identity-journal.js';

/** Stands in for the audit trail: remembers what it was told, and whether that was part of a transaction. */
export class FakeJournal implements IdentityJournal {
  readonly events: (IdentityEvent & { readonly inTransaction: boolean })[] = [];
  /** Tenants that it was told had changed. */
  readonly changed: TenantId[] = [];
  /** What recording fails with, when it is to fail. */
  fault: Error | null = null;

  record(event: IdentityEvent, em?: EntityManager): Promise<void> {
    if (this.fault !== null) return Promise.reject(this.fault);
    this.events.push({ ...event, inTransaction: em?.queryRunner?.isTransactionActive === true });
    return Promise.resolve();
  }

  tenantChanged(tenantId: TenantId): void {
    this.changed.push(tenantId);
  }
}
