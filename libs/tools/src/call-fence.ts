import type { Fenced } from '#app/audit';
import type { ReadyExecution } from './execution.js';

/** The versions of what the call was decided on. */
export const fenceOf = ({ account, ctx }: ReadyExecution): Fenced['fence'] => ({
  accountVersion: account.version,
  clientVersion: ctx.caller?.version ?? null,
});

/** What must still hold for whatever the call sends after its first request. */
export const fencedBy = (execution: ReadyExecution): Fenced => ({
  tenantId: execution.ctx.tenantId,
  clientId: execution.ctx.caller?.clientId ?? null,
  accountId: execution.account.id,
  fence: fenceOf(execution),
});
