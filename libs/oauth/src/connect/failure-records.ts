import { CLOCK, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LifecycleEvents } from '../lifecycle-events.js';
import { RecordBudget } from '../record-budget.js';
import { contextOf, type BrowserVisit, type FlowSubject } from './connect-flow.js';
import { eventOfFailure, type ConnectFailure } from './connect-failure.js';

/** A person does not get there by trying again. */
const PER_ACCOUNT_AND_MINUTE = 30;

/**
 * Records connect attempts that failed. Whoever has a link or a state can repeat a failure at will, so a node writes no more
 * than so many for one account and minute; the log has the rest.
 */
@Injectable()
export class FailureRecords {
  private readonly budget: RecordBudget;

  constructor(
    private readonly events: LifecycleEvents,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.budget = new RecordBudget(PER_ACCOUNT_AND_MINUTE, clock);
  }

  async record(
    visit: Pick<BrowserVisit, 'requestId'>,
    { tenantId, accountId: id, connectionId, identifier }: FlowSubject,
    { code }: ConnectFailure,
  ): Promise<void> {
    if (!this.budget.take(id)) return;
    const subject = { id, connectionId, identifier };
    await this.events.record(contextOf(visit, tenantId), eventOfFailure(code), subject, { reason: code });
  }
}
