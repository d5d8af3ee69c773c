import { newId, type RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '#app/oauth';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FirstTenant } from './bootstrap.js';

export const FIRST_USER = 'user_123';

/** A connect link for a newcomer's first user, or null when that user has connected already or has to be verified. */
export async function firstConnectLink(
  nest: NestFastifyApplication,
  { tenantId }: FirstTenant,
): Promise<string | null> {
  const accounts = nest.get(ConnectedAccountsService);
  const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'job', caller: null };
  const account = await accounts.create(ctx, { connection: 'intercom', identifier: FIRST_USER });
  if (account.status === 'ACTIVE') return null;
  return (await accounts.reconnectLink(ctx, account.id))?.link ?? null;
}
