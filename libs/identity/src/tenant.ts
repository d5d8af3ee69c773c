import type { TenantId } from '#app/kernel';

/**
 * - `suspended`: nothing is done for it until it is resumed
 * - `shredded`: its keys are destroyed, and with them every secret it had; there is no way back
 */
export type TenantStatus = 'active' | 'suspended' | 'shredded';

/** A tenant as the operator of the installation sees it. */
export interface TenantSummary {
  readonly id: TenantId;
  readonly name: string;
  readonly status: TenantStatus;
  readonly createdAt: Date;
}

type Row = Omit<TenantSummary, 'id'> & { readonly tenantId: TenantId };

export const toSummary = ({ tenantId, name, status, createdAt }: Row): TenantSummary => ({
  id: tenantId,
  name,
  status,
  createdAt,
});
