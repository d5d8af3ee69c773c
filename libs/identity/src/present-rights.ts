import type { Permission, RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { ClientDirectory } from './client-directory.js';
import { mayNotOperate } from './identity.errors.js';

/**
 * What an API client may do at this moment, past every cache. A request was let in by facts that may be some seconds old; that is
 * too old for acts that reach beyond a tenant or can't be undone, such as that of an operator who has just been suspended.
 */
@Injectable()
export class PresentRights {
  constructor(private readonly clients: ClientDirectory) {}

  /** Throws `permission_denied` unless the client is active, its tenant too, and it holds the permission. */
  async require({ tenantId, caller }: RequestContext, permission: Permission): Promise<void> {
    const client = caller === null ? null : await this.clients.reload(tenantId, caller.clientId);
    const same = client?.active === true && client.caller.secretStamp === caller?.secretStamp;
    if (!same || !client.caller.permissions.has(permission)) throw mayNotOperate(permission);
  }
}
