import { SystemDatabase } from '#app/database';
import type { TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';

const FIRST = {
  name: 'identity_first_tenant',
  text: 'SELECT tenant_id AS "tenantId" FROM api_clients ORDER BY created_at, id LIMIT 1',
};

/** The tenant that came with the installation. Names without a tenant in them are its own; no other tenant can take one. */
@Injectable()
export class FirstTenant {
  private found: TenantId | null = null;

  constructor(private readonly system: SystemDatabase) {}

  /** Null before the first boot has made it. */
  async id(): Promise<TenantId | null> {
    const [row] = this.found === null ? await this.system.query<{ tenantId: TenantId }>(FIRST, []) : [];
    return (this.found ??= row?.tenantId ?? null);
  }
}
