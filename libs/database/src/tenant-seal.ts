import { createHmac, createSecretKey } from 'node:crypto';
import type { TenantId } from '#app/kernel';
import { asOwner } from './owner-session.js';

/** Says that a transaction is this tenant's; only who holds the key can. */
export type TenantSeal = (tenantId: TenantId) => string;

/** The key was made by the migration and can be read by the owner only. It is kept out of the heap. */
export function readTenantSeal(url: string): Promise<TenantSeal> {
  return asOwner(url, async (owner) => {
    const { rows } = await owner.query<{ key: Buffer }>('SELECT key FROM tenant_seal_key');
    return sealWith((rows[0] as { key: Buffer }).key);
  });
}

function sealWith(bytes: Buffer): TenantSeal {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return (tenantId) => createHmac('sha256', key).update(tenantId).digest('hex');
}
