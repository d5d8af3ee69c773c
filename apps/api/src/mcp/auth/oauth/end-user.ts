import { isId, type TenantId } from '#app/kernel';

/** An end user as the OAuth server knows them: one identifier means different people at different tenants. */
export interface EndUser {
  readonly tenantId: TenantId;
  readonly identifier: string;
}

export const accountIdOf = ({ tenantId, identifier }: EndUser): string => `${tenantId} ${identifier}`;

/** Null for what is no account id of ours. */
export function endUserOf(accountId: string): EndUser | null {
  const space = accountId.indexOf(' ');
  const tenantId = accountId.slice(0, Math.max(space, 0));
  const identifier = accountId.slice(space + 1);
  return isId('tenant', tenantId) && identifier !== '' ? { tenantId, identifier } : null;
}
