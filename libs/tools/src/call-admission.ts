import { AuditTrail, type Admission } from '#app/audit';
import { AppError, type RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '#app/oauth';
import { TokenService } from '#app/identity';
import { Injectable } from '@nestjs/common';
import { CallJournal } from './call-journal.js';
import { CallPreparation } from './call-preparation.js';
import { Execution, type ReadyExecution } from './execution.js';
import type { StoredAnswer } from './idempotency.js';

/**
 * Step 4: one durable statement says "everything this decision rests on is still so" and writes the intent.
 *
 * The account and the client may have been read from a cache. When the fence finds that they have changed, they are read again,
 * the call is decided anew, and admission is tried once more: a stale cache costs a round trip, never a wrong decision.
 */
@Injectable()
export class CallAdmission {
  constructor(
    private readonly audit: AuditTrail,
    private readonly journal: CallJournal,
    private readonly preparation: CallPreparation,
    private readonly accounts: ConnectedAccountsService,
    private readonly tokens: TokenService,
  ) {}

  /** Resolves once the intent is durable. Throws the refusal otherwise. */
  admit(execution: Execution): Promise<void> {
    return this.fenced(execution, async (ready) => this.audit.admit(await this.journal.intent(ready)));
  }

  /** The same for the answer of an earlier call: whoever may not make the call by now is not told what it came to either. */
  admitReplay(execution: Execution, earlier: StoredAnswer): Promise<void> {
    return this.fenced(execution, (ready) => this.audit.admitReplay(this.journal.replay(ready, earlier)));
  }

  private async fenced(execution: Execution, ask: (ready: ReadyExecution) => Promise<Admission>): Promise<void> {
    const first = await ask(execution.ready);
    if (first.admitted) return;
    if (execution.account !== null) this.accounts.invalidate(execution.account);
    execution.ctx = await this.freshContext(execution.ctx);
    await this.preparation.prepare(execution);
    const second = await ask(execution.ready);
    if (!second.admitted) throw refusal(second.reason);
  }

  private async freshContext(ctx: RequestContext): Promise<RequestContext> {
    if (ctx.caller === null) return ctx;
    const caller = await this.tokens.reloadCaller(ctx.tenantId, ctx.caller);
    if (caller === null) throw clientDisabled();
    return { ...ctx, caller };
  }
}

const clientDisabled = (): AppError =>
  new AppError(
    'unauthenticated',
    'This API client has been disabled, or has a new secret. Nothing was sent to the provider.',
  );

function refusal(reason: Exclude<Admission, { admitted: true }>['reason']): AppError {
  switch (reason) {
    case 'client_disabled':
      return clientDisabled();
    case 'client_changed':
      return new AppError('conflict', 'This API client keeps changing. Nothing was sent to the provider; try again.');
    case 'tenant_suspended':
      return new AppError('permission_denied', 'This tenant is suspended. Nothing was sent to the provider.', {
        details: { reason: 'tenant_suspended' },
      });
    case 'tenant_shredded':
      return new AppError(
        'permission_denied',
        'This tenant was shredded: its keys are destroyed. Nothing was sent to the provider.',
        { details: { reason: 'tenant_shredded' } },
      );
    case 'connection_disabled':
      return new AppError('policy_denied', 'The connection is disabled. Nothing was sent to the provider.', {
        details: { rule: 'connection.disabled' },
      });
    case 'account_missing':
      return new AppError(
        'account_not_found',
        'The connected account no longer exists. Nothing was sent to the provider.',
      );
    case 'account_inactive':
    case 'account_changed':
      return new AppError(
        'conflict',
        'The connected account keeps changing. Nothing was sent to the provider; try again.',
      );
  }
}
