import { SystemDatabase, TenantDatabase } from '#app/database';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RefreshResult } from '../entities/credential-refresh.entity.js';
import type { AttemptState } from './decide-refresh.js';
import { RefreshLease } from './refresh-lease.js';
import { BEGIN_SENDING, END_ATTEMPT, LOOK, RELEASE, RENEW, TAKE } from './refresh-statements.js';
import type { RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';
import { Stopwatch } from './stopwatch.js';

/** What anybody can see of an account's refresh. */
export interface RefreshView {
  /** The account is active with exactly the credential that was asked about. */
  readonly current: boolean;
  /** Somebody has the lease. */
  readonly held: boolean;
  /** How long the provider is to be left alone; 0 when it is not. */
  readonly backoffMs: number;
  readonly failures: number;
  readonly result: RefreshResult | null;
}

/** How an attempt ended without a new credential. */
export interface AttemptEnd {
  readonly state: AttemptState;
  /** The token is known not to have left. */
  readonly notSent: boolean;
  readonly result: RefreshResult;
  readonly code: string | null;
  readonly retryAfterMs: number;
}

interface TakenRow {
  readonly fence: string;
  readonly state: AttemptState;
  readonly first_sent_at: number | null;
  readonly sent_at: number | null;
  readonly failures: number;
  readonly retry_at: number | null;
  readonly now: number;
}

/**
 * Lease and journal of refreshes, in the database. The lease says who may redeem an account's refresh token; its number grows with
 * each holder, so that one who comes back too late can't write. All times are the database's, read when a statement runs and not
 * when its transaction began: a process may be stopped in between.
 */
@Injectable()
export class RefreshJournal {
  constructor(
    private readonly tenants: TenantDatabase,
    private readonly system: SystemDatabase,
    private readonly timings: RefreshTimings,
  ) {}

  /** Null when somebody else holds the lease, or the account is not active with this credential any more. */
  async take(subject: RefreshSubject): Promise<RefreshLease | null> {
    const { leaseMs, node } = this.timings;
    const asked = new Stopwatch();
    const [row] = await this.run<TakenRow>(subject, TAKE, [...credential(subject), node, leaseMs]);
    if (row === undefined) return null;
    const { fence, state, first_sent_at: firstSentAt, sent_at: sentAt, failures, retry_at: retryAt, now } = row;
    return new RefreshLease(Number(fence), { state, firstSentAt, sentAt, failures, retryAt }, now, leaseMs, asked);
  }

  /** Returns whether the lease is still this holder's. */
  async renew(subject: RefreshSubject, lease: RefreshLease): Promise<boolean> {
    const asked = new Stopwatch();
    const { leaseMs } = this.timings;
    const rows = await this.run(subject, RENEW, [subject.tenantId, subject.id, lease.fence, leaseMs]);
    if (rows.length === 0) lease.lose();
    else lease.renewed(asked);
    return rows.length > 0;
  }

  /** Says that the token is about to be sent. False when it must not be: the lease is over, or the credential another one. */
  async begin(subject: RefreshSubject, lease: RefreshLease): Promise<boolean> {
    const asked = new Stopwatch();
    const { leaseMs, sendMarginMs } = this.timings;
    const values = [...credential(subject), lease.fence, leaseMs, sendMarginMs];
    const rows = await this.run(subject, BEGIN_SENDING, values);
    if (rows.length > 0) lease.renewed(asked);
    return rows.length > 0;
  }

  /** Gives the lease back; the journal stays as it is. */
  async release(subject: RefreshSubject, { fence }: RefreshLease): Promise<void> {
    await this.run(subject, RELEASE, [subject.tenantId, subject.id, fence]);
  }

  /** Ends an attempt without a new credential, as part of a transaction. False when a later holder has sent the token since. */
  async end(em: EntityManager, subject: RefreshSubject, { fence }: RefreshLease, end: AttemptEnd): Promise<boolean> {
    const { state, notSent, result, code, retryAfterMs } = end;
    const values = [subject.tenantId, subject.id, fence, state, notSent, result, code, retryAfterMs];
    const rows = await em.query<unknown[]>(END_ATTEMPT, values);
    return rows.length > 0;
  }

  /** Null when the account is gone. One round trip, without a transaction. */
  async look(subject: RefreshSubject): Promise<RefreshView | null> {
    const [row] = await this.system.query<RefreshView>(LOOK, credential(subject));
    return row ?? null;
  }

  private run<Row>({ tenantId }: RefreshSubject, statement: string, values: unknown[]): Promise<Row[]> {
    return this.tenants.withTenant(tenantId, (em) => em.query<Row[]>(statement, values));
  }
}

const credential = ({ tenantId, id, version, generation }: RefreshSubject): unknown[] => [
  tenantId,
  id,
  version,
  generation,
];
