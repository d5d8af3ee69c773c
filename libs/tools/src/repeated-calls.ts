import { APP_CONFIG, type AppConfig } from '#app/config';
import { SystemDatabase, TenantDatabase } from '#app/database';
import { AppError, CLOCK, type Clock, type ExecutionId, type JsonObject } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { ReadyExecution } from './execution.js';
import { digestOf, type StoredAnswer } from './idempotency.js';

/** For how long a repeat is recognised: some times what a client waits before its last one. */
const KEEP_MS = 2 * 60_000;
const LOOK_AGAIN_MS = 150;

type WithoutId<T> = T extends unknown ? Omit<T, 'executionId'> : never;
type Response = WithoutId<StoredAnswer>;

type Called = Pick<ReadyExecution, 'id' | 'ctx'>;

interface VanishedRow {
  execution_id: ExecutionId;
  response: Response | null;
}

interface Watch {
  readonly key: string;
  /** The mark, once the caller has vanished. */
  marked: Promise<unknown> | null;
  readonly stop: () => void;
}

/**
 * Clients of the published API make a call anew by themselves when its connection breaks, and give it no key to tell that by. A
 * write whose caller has vanished is let finish and marked, on every node; the same call, coming again within two minutes, is
 * that repeat: it waits for the outcome of the first and is not made. Once an outcome was handed over, a third call is a new one.
 *
 * The same is: API client, account, tool and arguments. A repeat that comes while its first caller is still there is no repeat.
 */
@Injectable()
export class RepeatedCalls {
  private readonly watched = new Map<ExecutionId, Watch>();
  /** What is being marked at this moment: a repeat on this node may be faster than its mark. */
  private readonly marking = new Map<string, Promise<unknown>>();

  constructor(
    private readonly tenants: TenantDatabase,
    private readonly system: SystemDatabase,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What the call came to whose repeat this is; null when it is a call of its own, which is watched from now on. */
  async claim(execution: ReadyExecution): Promise<StoredAnswer | null> {
    const key = keyOf(execution);
    const deadline = execution.startedAt + this.config.tools.deadlineMs;
    await this.marking.get(nameOf(execution, key));
    for (let row = await this.find(execution, key); row !== null; row = await this.find(execution, key)) {
      if (row.response !== null) return { executionId: row.execution_id, ...row.response };
      if (this.clock.now() >= deadline || execution.ctx.signal?.aborted === true) throw stillRunning(row.execution_id);
      await lookAgainLater();
    }
    if (execution.ctx.signal?.aborted === true) throw callerGone();
    this.watch(execution, key);
    return null;
  }

  /** Forgets an outcome that its caller is given now. One that has vanished too will be back. */
  async handedOver(execution: ReadyExecution, { executionId }: StoredAnswer): Promise<void> {
    if (execution.ctx.signal?.aborted !== true)
      await this.system.query(HANDED_OVER, [
        execution.ctx.tenantId,
        clientOf(execution),
        keyOf(execution),
        executionId,
      ]);
  }

  /** The call was refused, nothing was sent: a repeat is to be judged anew. */
  async release(execution: Called): Promise<void> {
    const key = await this.keyOfVanished(execution.id);
    if (key !== null) await this.write(execution, FORGET, [clientOf(execution), key, execution.id]);
  }

  /** Keeps what the call came to, if its caller is no longer there to hear it. */
  async settle(execution: ReadyExecution, outcome: JsonObject | AppError): Promise<void> {
    const key = await this.keyOfVanished(execution.id);
    if (key === null) return;
    const response = JSON.stringify(responseOf(outcome));
    await this.write(execution, SETTLE, [clientOf(execution), key, execution.id, response]);
  }

  private watch(execution: ReadyExecution, key: string): void {
    const { signal } = execution.ctx;
    if (signal === undefined) return;
    const watch: Watch = { key, marked: null, stop: () => signal.removeEventListener('abort', vanished) };
    const vanished = (): void => {
      watch.marked ??= this.mark(execution, key);
      this.whileMarking(nameOf(execution, key), watch.marked);
    };
    this.watched.set(execution.id, watch);
    signal.addEventListener('abort', vanished, { once: true });
  }

  /** Ends the watch; null when the caller was there all the time. */
  private async keyOfVanished(id: ExecutionId): Promise<string | null> {
    const watch = this.watched.get(id);
    if (watch === undefined) return null;
    this.watched.delete(id);
    watch.stop();
    if (watch.marked === null) return null;
    await watch.marked;
    return watch.key;
  }

  /** Whoever ends the call waits for the mark and hears of its failure; a repeat only waits. */
  private whileMarking(name: string, marked: Promise<unknown>): void {
    const done = marked
      .catch(() => undefined)
      .finally(() => {
        if (this.marking.get(name) === done) this.marking.delete(name);
      });
    this.marking.set(name, done);
  }

  private mark(execution: ReadyExecution, key: string): Promise<unknown> {
    const now = this.clock.now();
    const values = [clientOf(execution), key, execution.id, new Date(now + KEEP_MS), new Date(now)];
    return this.write(execution, MARK, values);
  }

  private async find(execution: ReadyExecution, key: string): Promise<VanishedRow | null> {
    const values = [execution.ctx.tenantId, clientOf(execution), key, new Date(this.clock.now())];
    const [row] = await this.system.query<VanishedRow>(FIND, values);
    return row ?? null;
  }

  private write({ ctx }: Called, statement: string, values: unknown[]): Promise<unknown> {
    return this.tenants.withTenant(ctx.tenantId, (em) => em.query(statement, [ctx.tenantId, ...values]));
  }
}

/** With a blank in it, which no idempotency key of a caller's has. */
const keyOf = ({ tool, account, args }: ReadyExecution): string =>
  `vanished ${digestOf([tool.name, account.id, args]).toString('base64url')}`;

const clientOf = ({ ctx }: Called): string => ctx.caller?.clientId ?? '';

const nameOf = (execution: ReadyExecution, key: string): string =>
  `${execution.ctx.tenantId} ${clientOf(execution)} ${key}`;

const responseOf = (outcome: JsonObject | AppError): Response =>
  outcome instanceof AppError
    ? { error: { code: outcome.code, message: outcome.message, details: outcome.details } }
    : { data: outcome };

const stillRunning = (executionId: ExecutionId): AppError =>
  new AppError('conflict', 'The same call, whose caller has gone, is still running. Ask again for its outcome.', {
    details: { execution_id: executionId, retry_after: 2 },
  });

/** Whoever makes the call again finds nothing of this one, and nothing is made twice. */
const callerGone = (): AppError =>
  new AppError('timeout', 'The caller had gone before the call was made. Nothing was sent to the provider.');

const lookAgainLater = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));

const MARK = `
  INSERT INTO idempotency_keys (tenant_id, client_id, key, request_hash, execution_id, expires_at, created_at)
  VALUES ($1, $2, $3, '', $4, $5, $6)
  ON CONFLICT (tenant_id, client_id, key) DO UPDATE
    SET execution_id = excluded.execution_id, response = NULL, expires_at = excluded.expires_at,
        created_at = excluded.created_at`;
const SETTLE = `
  UPDATE idempotency_keys SET response = $5
  WHERE tenant_id = $1 AND client_id = $2 AND key = $3 AND execution_id = $4`;
const FORGET = `
  DELETE FROM idempotency_keys WHERE tenant_id = $1 AND client_id = $2 AND key = $3 AND execution_id = $4`;
const FIND = {
  name: 'tools.vanished_call',
  text: `SELECT execution_id, response FROM idempotency_keys
         WHERE tenant_id = $1 AND client_id = $2 AND key = $3 AND expires_at > $4`,
};
const HANDED_OVER = {
  name: 'tools.vanished_call_handed_over',
  text: `DELETE FROM idempotency_keys WHERE tenant_id = $1 AND client_id = $2 AND key = $3 AND execution_id = $4`,
};
