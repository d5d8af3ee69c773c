import type { RequestContext } from '#app/kernel';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { pause } from './pause.js';
import { RefreshAttempt, type CallerEvidence } from './refresh-attempt.js';
import { RefreshJournal, type RefreshView } from './refresh-journal.js';
import type { RefreshOutcome, RefreshSubject, Unavailable } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';
import { Stopwatch } from './stopwatch.js';

/** One refresh that this node is at, or watches, for all of its callers. */
interface Flight {
  readonly evidence: CallerEvidence;
  readonly outcome: Promise<RefreshOutcome>;
  /** The provider failed the last time: nobody should wait long. */
  failing: boolean;
}

/** How long a caller waits while the provider is known to fail. */
const WAIT_WHILE_FAILING_MS = 2000;

/**
 * Gets newer credentials. On this node, one refresh per account is under way at a time, whoever wants it; among nodes, one holds
 * the lease and the others watch for what comes of it. A refresh does not end with the call that began it.
 */
@Injectable()
export class TokenRefresher implements OnApplicationShutdown {
  private readonly flights = new Map<string, Flight>();

  constructor(
    private readonly attempt: RefreshAttempt,
    private readonly journal: RefreshJournal,
    private readonly timings: RefreshTimings,
  ) {}

  /** How many refreshes this node is at or watches. */
  get inFlight(): number {
    return this.flights.size;
  }

  /** Refreshes, or joins who does. Throws `not_available` when the database or the vault does not answer. */
  refresh(ctx: RequestContext, subject: RefreshSubject, evidence: CallerEvidence): Promise<RefreshOutcome> {
    return this.flight(ctx, subject, evidence).outcome;
  }

  /** As {@link refresh}, for so long at most. */
  async refreshWithin(
    milliseconds: number,
    ctx: RequestContext,
    subject: RefreshSubject,
    evidence: CallerEvidence,
  ): Promise<RefreshOutcome> {
    const flight = this.flight(ctx, subject, evidence);
    const patience = flight.failing ? Math.min(milliseconds, WAIT_WHILE_FAILING_MS) : milliseconds;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<RefreshOutcome>((resolve) => {
      timer = setTimeout(() => resolve(unavailable('under_way', 1000)), patience);
      timer.unref();
    });
    try {
      return await Promise.race([flight.outcome, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** An answer that is on its way must be stored before this process ends. Now that no call comes in, no refresh is begun either. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(Array.from(this.flights.values(), ({ outcome }) => outcome));
  }

  private flight(ctx: RequestContext, subject: RefreshSubject, { refused }: CallerEvidence): Flight {
    const key = [subject.tenantId, subject.id, subject.version, subject.generation].join(' ');
    const known = this.flights.get(key);
    if (known !== undefined) {
      known.evidence.refused ||= refused;
      return known;
    }
    const evidence = { refused };
    const flight: Flight = { evidence, failing: false, outcome: this.later(() => this.fly(ctx, subject, flight)) };
    this.flights.set(key, flight);
    const forget = (): void => void this.flights.delete(key);
    flight.outcome.then(forget, forget);
    return flight;
  }

  /** Not before the flight is known by its name. */
  private async later(fly: () => Promise<RefreshOutcome>): Promise<RefreshOutcome> {
    await Promise.resolve();
    return fly();
  }

  private async fly(ctx: RequestContext, subject: RefreshSubject, flight: Flight): Promise<RefreshOutcome> {
    const since = new Stopwatch();
    for (let wait = this.timings.pollMs; ; wait = Math.min(wait * 1.5, this.timings.pollMs * 10)) {
      const view = await this.journal.look(subject);
      if (view === null || !view.current) return { kind: 'moved' };
      flight.failing = view.failures > 0;
      if (!view.held) {
        if (view.backoffMs > 0) return unavailable(whyOf(view), view.backoffMs);
        const lease = await this.journal.take(subject);
        const outcome = lease === null ? null : await this.attempt.run(ctx, subject, lease, flight.evidence);
        if (outcome !== null) return outcome;
      }
      if (flight.failing || since.elapsedMs() > this.timings.watchMs) return unavailable('under_way', 1000);
      await pause(wait);
    }
  }
}

const unavailable = (why: Unavailable, retryAfterMs: number): RefreshOutcome => ({
  kind: 'unavailable',
  why,
  retryAfterMs,
});

const whyOf = ({ result }: RefreshView): Unavailable =>
  result === 'app_refused' || result === 'no_answer' ? result : 'provider_unavailable';
