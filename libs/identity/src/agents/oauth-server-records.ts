import { hash } from 'node:crypto';
import { TenantDatabase } from '#app/database';
import { CLOCK, INSTALLATION_TENANT, type Clock } from '#app/kernel';
import { Injectable, Inject } from '@nestjs/common';

/** A record of the OAuth server: a client, a session, a code, a refresh token, … */
export interface ServerRecord {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly consumedAt: Date | null;
}

export interface NewServerRecord {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId: string | null;
  readonly uid: string | null;
  /** Null for what does not run out. */
  readonly lifetimeMs: number | null;
}

const SAVE = `
  INSERT INTO oauth_server_records (tenant_id, kind, id_hash, payload, grant_hash, uid_hash, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (tenant_id, kind, id_hash) DO UPDATE SET
    payload = excluded.payload, grant_hash = excluded.grant_hash, uid_hash = excluded.uid_hash, expires_at = excluded.expires_at`;
const LIVE = '(expires_at IS NULL OR expires_at > $4)';
const FIND = `
  SELECT payload, consumed_at AS "consumedAt" FROM oauth_server_records
  WHERE tenant_id = $1 AND kind = $2 AND id_hash = $3 AND ${LIVE}`;
const FIND_BY_UID = `
  SELECT payload, consumed_at AS "consumedAt" FROM oauth_server_records
  WHERE tenant_id = $1 AND kind = $2 AND uid_hash = $3 AND ${LIVE}`;
/** Of two who present one code or refresh token at once, one finds it used. */
const CONSUME = `
  WITH used AS (
    UPDATE oauth_server_records SET consumed_at = $4
    WHERE tenant_id = $1 AND kind = $2 AND id_hash = $3 AND consumed_at IS NULL RETURNING 1
  ) SELECT count(*)::int AS used FROM used`;
const KEEP = `
  UPDATE oauth_server_records SET expires_at = greatest(expires_at, $4) WHERE tenant_id = $1 AND kind = $2 AND id_hash = $3`;
const DELETE = 'DELETE FROM oauth_server_records WHERE tenant_id = $1 AND kind = $2 AND id_hash = $3';
const DELETE_BY_UID = 'DELETE FROM oauth_server_records WHERE tenant_id = $1 AND kind = $2 AND uid_hash = $3';
const DELETE_OF_GRANT = 'DELETE FROM oauth_server_records WHERE tenant_id = $1 AND kind = $2 AND grant_hash = $3';
const COUNT_SINCE = `
  SELECT count(*)::int AS count FROM oauth_server_records WHERE tenant_id = $1 AND kind = $2 AND created_at > $3`;

/**
 * What the OAuth server keeps between two requests, on any node. Ids are the secrets here (a refresh token is its record's id), so
 * only their digests are kept; they have full entropy, so that a digest can't be turned back.
 */
@Injectable()
export class OAuthServerRecords {
  constructor(
    private readonly database: TenantDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async save(kind: string, id: string, record: NewServerRecord): Promise<void> {
    const { payload, grantId, uid, lifetimeMs } = record;
    const until = lifetimeMs === null ? null : new Date(this.clock.now() + lifetimeMs);
    const hashes = [grantId === null ? null : digest(grantId), uid === null ? null : digest(uid)];
    await this.query(SAVE, [kind, digest(id), JSON.stringify(payload), ...hashes, until]);
  }

  find(kind: string, id: string): Promise<ServerRecord | null> {
    return this.one(FIND, kind, id);
  }

  findByUid(kind: string, uid: string): Promise<ServerRecord | null> {
    return this.one(FIND_BY_UID, kind, uid);
  }

  /** False when somebody was faster. */
  async consume(kind: string, id: string): Promise<boolean> {
    const [row] = await this.query<{ used: number }>(CONSUME, [kind, digest(id), new Date(this.clock.now())]);
    return row?.used === 1;
  }

  /** Lets what is there run out no earlier than that. */
  async keepUntil(kind: string, id: string, time: Date): Promise<void> {
    await this.query(KEEP, [kind, digest(id), time]);
  }

  async delete(kind: string, id: string): Promise<void> {
    await this.query(DELETE, [kind, digest(id)]);
  }

  async deleteByUid(kind: string, uid: string): Promise<void> {
    await this.query(DELETE_BY_UID, [kind, digest(uid)]);
  }

  async deleteOfGrant(kind: string, grantId: string): Promise<void> {
    await this.query(DELETE_OF_GRANT, [kind, digest(grantId)]);
  }

  /** How many of a kind were made since then: a limit that holds for all nodes together. */
  async countSince(kind: string, time: number): Promise<number> {
    const [row] = await this.query<{ count: number }>(COUNT_SINCE, [kind, new Date(time)]);
    return row?.count ?? 0;
  }

  private async one(text: string, kind: string, id: string): Promise<ServerRecord | null> {
    const [row] = await this.query<ServerRecord>(text, [kind, digest(id), new Date(this.clock.now())]);
    return row ?? null;
  }

  private query<R>(text: string, values: unknown[]): Promise<R[]> {
    return this.database.withTenant(INSTALLATION_TENANT, (em) => em.query<R[]>(text, [INSTALLATION_TENANT, ...values]));
  }
}

const digest = (id: string): Buffer => hash('sha256', id, 'buffer');
