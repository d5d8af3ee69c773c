import { CLOCK, isId, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LifecycleEvents } from '../lifecycle-events.js';
import { RecordBudget } from '../record-budget.js';
import { contextOf, type BrowserVisit, type CallbackMark } from './connect-flow.js';
import { ConnectFailure, eventOfFailure } from './connect-failure.js';
import { ConnectLookups } from './connect-lookups.js';

const PER_MINUTE = 30;
/** One budget for all connections: their ids are no secret. */
const EVERYBODY = '';

/**
 * Records callbacks whose state leads nowhere: forged, replayed, or long gone. Only the connection in the path says whose trail
 * they belong to. Anybody can send them, so a node writes no more than so many a minute; the log has the rest.
 */
@Injectable()
export class StrayCallbacks {
  private readonly budget: RecordBudget;

  constructor(
    private readonly lookups: ConnectLookups,
    private readonly events: LifecycleEvents,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.budget = new RecordBudget(PER_MINUTE, clock);
  }

  async record(visit: BrowserVisit, { connectionId }: CallbackMark): Promise<ConnectFailure> {
    const failure = new ConnectFailure('state_unknown');
    if (!isId('connection', connectionId) || !this.budget.take(EVERYBODY)) return failure;
    const tenantId = await this.lookups.tenantOfConnection(connectionId);
    if (tenantId === null) return failure;
    const subject = { id: null, connectionId, identifier: null };
    await this.events.record(contextOf(visit, tenantId), eventOfFailure(failure.code), subject, {
      reason: failure.code,
    });
    return failure;
  }
}
