import { createHash } from 'node:crypto';
import { AppError, CLOCK, type Clock, type ExecutionId, type JsonObject, type RequestContext } from '#app/kernel';
import { TenantDatabase } from '#app/database';
import { Inject, Injectable } from '@nestjs/common';
import type { ToolCall } from './tool-call.js';

const KEEP_MS = 24 * 3_600_000;
/** After this time a call that never stored its answer has surely ended: its process died. */
const ABANDONED_MS = 10 * 60_000;

/** What an earlier call with the same key came to. */
export type StoredAnswer =
  | { readonly executionId: ExecutionId; readonly data: JsonObject }
  | {
      readonly executionId: ExecutionId;
      readonly error: { code: AppError['code']; message: string; details: AppError['details'] };
    };

interface KeyRow {
  request_hash: Buffer;
  execution_id: ExecutionId;
  response: {
    data?: JsonObject;
    error?: { code: AppError['code']; message: string; details: AppError['details'] };
  } | null;
  created_at: Date;
}

/**
 * Idempotency keys of writes: the second call with a key gets the first one's answer and is not made.
 * A key belongs to one API client and to one request; it is kept for 24 hours.
 */
@Injectable()
export class Idempotency {
  constructor(
    private readonly database: TenantDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Takes the key for this execution, or returns what an earlier call with it came to. */
  async claim(
    ctx: RequestContext,
    key: string,
    call: ToolCall,
    executionId: ExecutionId,
  ): Promise<StoredAnswer | null> {
    const hash = requestHash(call);
    const row = await this.database.withTenant(ctx.tenantId, async (em) => {
      const inserted: unknown[] = await em.query(CLAIM, [
        ctx.tenantId,
        clientOf(ctx),
        key,
        hash,
        executionId,
        this.at(KEEP_MS),
        this.at(0),
      ]);
      if (inserted.length > 0) return null;
      const found: KeyRow[] = await em.query(FIND, [ctx.tenantId, clientOf(ctx), key]);
      return found[0] ?? null;
    });
    return row === null ? null : this.answerOf(row, hash);
  }

  /** Stores what the call came to, for the calls that repeat it. */
  async settle(
    ctx: RequestContext,
    key: string,
    executionId: ExecutionId,
    outcome: { data: JsonObject } | { error: AppError },
  ): Promise<void> {
    const response =
      'data' in outcome
        ? { data: outcome.data }
        : { error: { code: outcome.error.code, message: outcome.error.message, details: outcome.error.details } };
    await this.database.withTenant(ctx.tenantId, (em) =>
      em.query(SETTLE, [ctx.tenantId, clientOf(ctx), key, executionId, JSON.stringify(response)]),
    );
  }

  /** Gives the key back: nothing was sent to the provider, so the call may be made again. */
  async release(ctx: RequestContext, key: string, executionId: ExecutionId): Promise<void> {
    await this.database.withTenant(ctx.tenantId, (em) =>
      em.query(RELEASE, [ctx.tenantId, clientOf(ctx), key, executionId]),
    );
  }

  private answerOf(row: KeyRow, hash: Buffer): StoredAnswer {
    if (!row.request_hash.equals(hash))
      throw new AppError(
        'conflict',
        'This Idempotency-Key was used with another request. Use a new key for a new request.',
      );
    const { response, execution_id: executionId } = row;
    if (response?.data) return { executionId, data: response.data };
    if (response?.error) return { executionId, error: response.error };
    if (this.clock.now() - row.created_at.getTime() < ABANDONED_MS)
      throw new AppError('conflict', 'A call with this Idempotency-Key is still running. Ask again for its outcome.', {
        details: { execution_id: executionId, retry_after: 2 },
      });
    const message =
      'The call with this Idempotency-Key never finished. Read the object before you try again with a new key.';
    return { executionId, error: { code: 'unknown_outcome', message, details: {} } };
  }

  private at(offset: number): Date {
    return new Date(this.clock.now() + offset);
  }
}

const CLAIM = `
  INSERT INTO idempotency_keys AS k (tenant_id, client_id, key, request_hash, execution_id, expires_at, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (tenant_id, client_id, key) DO UPDATE
    SET request_hash = excluded.request_hash, execution_id = excluded.execution_id, response = NULL,
        expires_at = excluded.expires_at, created_at = excluded.created_at
    WHERE k.expires_at < excluded.created_at
  RETURNING execution_id`;
const FIND = `
  SELECT request_hash, execution_id, response, created_at FROM idempotency_keys
  WHERE tenant_id = $1 AND client_id = $2 AND key = $3`;
const SETTLE = `
  UPDATE idempotency_keys SET response = $5
  WHERE tenant_id = $1 AND client_id = $2 AND key = $3 AND execution_id = $4`;
const RELEASE = `
  DELETE FROM idempotency_keys WHERE tenant_id = $1 AND client_id = $2 AND key = $3 AND execution_id = $4 AND response IS NULL`;

const clientOf = (ctx: RequestContext): string => ctx.caller?.clientId ?? '';

/** Digest of what makes two calls the same. */
const requestHash = (call: ToolCall): Buffer =>
  digestOf([
    call.toolName,
    call.identifier,
    call.connectedAccountId,
    call.connection,
    call.organizationId,
    call.params,
  ]);

/** Object keys are sorted, so that their order does not matter. */
export function digestOf(parts: readonly unknown[]): Buffer {
  const canonical = JSON.stringify(parts, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(canonical).digest();
}
