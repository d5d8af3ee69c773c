/**
 * What happened, in the order in which it was seen from outside: by those who make calls and revoke, and by the provider. Every
 * operation has a beginning and an end; what lies in between may have taken effect at any moment between the two.
 */
export type HistoryEvent =
  | { readonly kind: 'call_began'; readonly call: string; readonly account: string; readonly node?: string }
  /** The provider has received a request of this call. */
  | { readonly kind: 'arrived'; readonly call: string }
  /** `refused`: nothing was to be sent; `failed`: something else went wrong (a node was killed). */
  | { readonly kind: 'call_ended'; readonly call: string; readonly as: 'done' | 'refused' | 'failed' }
  | {
      /** A revoke ends an account, a restore makes it usable again; the others change nothing that a call may notice. */
      readonly kind: 'began' | 'returned';
      readonly change: 'revoke' | 'restore' | 'refresh' | 'rotate';
      readonly account: string;
    };

export interface Violation {
  readonly rule: 'sent_after_revoke' | 'refused_while_active' | 'sent_by_refused_call';
  readonly call: string;
  readonly account: string;
  /** Index in the history. */
  readonly at: number;
}

/** What is known of an account at a moment: `unsure` while a change is under way, or when it was never seen to be made. */
type Known = 'active' | 'revoked' | 'unsure';

interface OpenCall {
  readonly account: string;
  /** Whether it began, and has been since, in a time in which the account was known to be revoked (or active). */
  known: Known;
  arrived: boolean;
}

/**
 * Holds a history against the promise of revocation:
 *
 * - `sent_after_revoke`: a call that began after a revoke had returned, and before anything could make the account usable again,
 *   reached the provider
 * - `refused_while_active`: a call was refused although the account was usable from its beginning to its end
 * - `sent_by_refused_call`: a call that was refused had reached the provider
 *
 * Accounts are taken to be active at first. Pure: the same history gives the same answer.
 */
export function checkHistory(history: readonly HistoryEvent[]): Violation[] {
  const checker = new HistoryChecker();
  history.forEach((event, at) => checker.take(event, at));
  return checker.violations;
}

class HistoryChecker {
  readonly violations: Violation[] = [];
  private readonly accounts = new Map<string, AccountHistory>();
  private readonly calls = new Map<string, OpenCall>();

  take(event: HistoryEvent, at: number): void {
    if ('change' in event) return this.change(event);
    if (event.kind === 'call_began') return this.begin(event.call, event.account);
    const open = this.calls.get(event.call);
    if (open === undefined) throw new Error(`Event ${at}: the call ${event.call} has not begun`);
    if (event.kind === 'arrived') return this.arrive(open, event.call, at);
    return this.end(open, event, at);
  }

  private begin(call: string, account: string): void {
    if (this.calls.has(call)) throw new Error(`The call ${call} began twice`);
    this.calls.set(call, { account, known: this.account(account).known, arrived: false });
  }

  private arrive(open: OpenCall, call: string, at: number): void {
    open.arrived = true;
    if (open.known === 'revoked') this.violations.push({ rule: 'sent_after_revoke', call, account: open.account, at });
  }

  private end(open: OpenCall, { call, as }: Extract<HistoryEvent, { kind: 'call_ended' }>, at: number): void {
    const { account, known, arrived } = open;
    if (as !== 'refused') return;
    if (known === 'active') this.violations.push({ rule: 'refused_while_active', call, account, at });
    if (arrived) this.violations.push({ rule: 'sent_by_refused_call', call, account, at });
  }

  private change({ kind, change, account: id }: Extract<HistoryEvent, { change: string }>): void {
    if (change === 'refresh' || change === 'rotate') return;
    const account = this.account(id);
    if (kind === 'began') account.begin();
    else account.settle(change === 'revoke' ? 'revoked' : 'active');
    for (const open of this.calls.values())
      if (open.account === id && open.known !== account.known) open.known = 'unsure';
  }

  private account(id: string): AccountHistory {
    const known = this.accounts.get(id) ?? new AccountHistory();
    this.accounts.set(id, known);
    return known;
  }
}

class AccountHistory {
  known: Known = 'active';
  private underWay = 0;
  private overlapped = false;

  begin(): void {
    this.overlapped = this.underWay > 0;
    this.underWay += 1;
    this.known = 'unsure';
  }

  /** Of changes that overlapped nobody knows which came last, until one has been alone. */
  settle(known: Known): void {
    this.underWay -= 1;
    this.known = this.underWay === 0 && !this.overlapped ? known : 'unsure';
    if (this.underWay === 0) this.overlapped = false;
  }
}
