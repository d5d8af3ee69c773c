import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, Tenant } from './tenant.js';
import type { CallRecord } from './client-log.js';
import type { Cluster, Member } from './cluster.js';
import type { KillRecord } from './evidence.js';
import { expire, type ProviderKind } from './provider.js';
import type { Random } from './random.js';
import { Trap, type TrapPlan } from './trap.js';

const REACHED_MS = 60_000;
const PATIENCE_MS = 500;
const MOST_ATTEMPTS = 10;

/** What the scenarios did, for the report. */
export interface Facts {
  expiries: number;
  /** Token requests beyond one per expiry, where nothing was killed. */
  readonly excessTokenRequests: string[];
  /** Calls that failed although nothing stood in their way. */
  readonly failures: string[];
  readonly counts: Map<string, number>;
}

/** Where the scenarios play: the nodes, the tenant, and the book of what was done to them. */
export class Stage {
  readonly accounts: Account[] = [];
  readonly kills: KillRecord[] = [];
  readonly facts: Facts = { expiries: 0, excessTokenRequests: [], failures: [], counts: new Map() };
  /** Calls that nobody waits for yet. */
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    readonly cluster: Cluster,
    readonly tenant: Tenant,
    readonly random: Random,
    /** No new round begins after it. */
    readonly endsAt: number,
    readonly say: (line: string) => void,
  ) {}

  get timeIsUp(): boolean {
    return Date.now() > this.endsAt;
  }

  count(what: string, by = 1): void {
    this.facts.counts.set(what, (this.facts.counts.get(what) ?? 0) + by);
  }

  /** Connects so many users, one after the other. */
  async connect(prefix: string, provider: ProviderKind, count: number): Promise<Account[]> {
    const accounts: Account[] = [];
    for (let index = 1; index <= count; index += 1)
      accounts.push(await this.tenant.connect(`${prefix}-${provider}-${index}`, provider));
    this.accounts.push(...accounts);
    return accounts;
  }

  /** Ends the account's access token at the provider. */
  expire({ provider, identifier }: Account): void {
    if (expire(this.cluster.providers[provider], identifier)) this.facts.expiries += 1;
  }

  /** So many calls at once, spread over the nodes that run. */
  callers(account: Account, count: number, note = '', tenant = this.tenant): Promise<CallRecord[]> {
    const nodes = this.cluster.nodes.filter((node) => node.running);
    return Promise.all(
      Array.from({ length: count }, (_, index) => this.patiently(tenant, account, nodes[index % nodes.length], note)),
    );
  }

  /** What must have worked, because nothing was broken. */
  expectSuccess(calls: readonly CallRecord[]): void {
    for (const { name, account, node, status, code } of calls)
      if (status !== 200)
        this.facts.failures.push(`${name} as ${account} at ${node}: ${status} ${code ?? 'no answer'}`);
  }

  /** Lets work go on; {@link settle} waits for it. */
  letRun(work: Promise<unknown>): void {
    const kept = work.finally(() => this.underWay.delete(kept));
    this.underWay.add(kept);
  }

  async settle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Kills the node at the moment that `reached` stands for, once `provoked` has led it there. Then starts it again. */
  async killWhen(member: Member, kill: KillRecord, reached: Promise<void>, provoked: Promise<unknown>): Promise<void> {
    await this.within(reached, kill.step);
    await member.node.kill();
    member.relay.clear();
    this.kills.push(kill);
    this.count(`killed ${kill.step}`);
    this.letRun(provoked);
  }

  /** The same, for a moment that a statement of the node stands for. */
  async killAt(member: Member, kill: KillRecord, plan: TrapPlan, provoke: () => Promise<unknown>): Promise<void> {
    const trap = member.relay.arm(new Trap(plan));
    await this.killWhen(member, kill, trap.sprung, provoke());
  }

  /** A step that is never reached makes the run worthless, so it fails it. */
  async within(reached: Promise<void>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const never = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`The harness never got to: ${what}`)), REACHED_MS);
    });
    try {
      await Promise.race([reached, never]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** As a client does that is told "nothing was sent, try again": a machine that can't keep up refuses, and must. */
  private async patiently(
    tenant: Tenant,
    account: Account,
    node: Member['node'] | undefined,
    note: string,
  ): Promise<CallRecord> {
    for (let attempt = 1; ; attempt += 1) {
      const call = await tenant.call(account, node, note);
      if (call.code !== 'not_available' || attempt === MOST_ATTEMPTS) return call;
      this.count('calls refused as not_available, and made again');
      await sleep(PATIENCE_MS);
    }
  }
}
