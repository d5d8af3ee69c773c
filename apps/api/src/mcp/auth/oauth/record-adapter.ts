import { AgentGrantsService, OAuthServerRecords, type ServerRecord } from '#app/identity';
import { newId } from '#app/kernel';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { endUserOf } from './end-user.js';
import type { OidcLibrary } from './oidc-library.js';

const DAY = 86_400;
/** A registration that nobody goes on to use is forgotten; one that a user allowed something stays (see {@link RecordAdapter}). */
const UNUSED_CLIENT_SECONDS = DAY;

export interface AdapterParts {
  readonly library: OidcLibrary;
  readonly records: OAuthServerRecords;
  readonly grants: AgentGrantsService;
}

/** Keeps one kind of record of the OAuth library in the database. */
export class RecordAdapter implements Adapter {
  constructor(
    private readonly kind: string,
    private readonly parts: AdapterParts,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    if (holdsUnstorable(payload))
      throw new this.parts.library.errors.InvalidRequest('a text holds what is no character');
    const lifetime = expiresIn ?? (this.kind === 'Client' ? UNUSED_CLIENT_SECONDS : null);
    await this.parts.records.save(this.kind, id, {
      payload: withoutSecrets(payload, id),
      grantId: payload.grantId ?? null,
      uid: payload.uid ?? null,
      lifetimeMs: lifetime === null ? null : lifetime * 1000,
    });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return read(await this.parts.records.find(this.kind, id), id);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return read(await this.parts.records.findByUid(this.kind, uid), null);
  }

  /** There is no flow with user codes here. */
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    // Two that present one code or refresh token at the same time: the slower one has nothing
    if (await this.parts.records.consume(this.kind, id)) return;
    await this.endFamily(id);
    throw new this.parts.library.errors.InvalidGrant('already used');
  }

  /** As the library does it for one that was used before: the faster of the two may be the thief. */
  private async endFamily(id: string): Promise<void> {
    const grantId = (await this.find(id))?.grantId;
    if (grantId !== undefined) await new RecordAdapter('Grant', this.parts).destroy(grantId);
  }

  async destroy(id: string): Promise<void> {
    if (this.kind === 'Grant') await this.endGrant(id);
    await this.parts.records.delete(this.kind, id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.parts.records.deleteOfGrant(this.kind, grantId);
  }

  /** The library ends a grant when the application gives it up, or when a code or refresh token is used twice. */
  private async endGrant(id: string): Promise<void> {
    const user = endUserOf((await this.find(id))?.accountId ?? '');
    if (user === null) return;
    const ctx = { tenantId: user.tenantId, requestId: newId('request'), source: 'mcp', caller: null } as const;
    await this.parts.grants.end(ctx, id, { reason: 'ended_by_application' });
  }
}

/** What strangers send us may hold what Postgres can't: NUL, or half a surrogate pair. */
function holdsUnstorable(payload: AdapterPayload): boolean {
  let found = false;
  JSON.stringify(payload, (_name, value: unknown) => {
    found ||= typeof value === 'string' && /[\0\uD800-\uDFFF]/u.test(value);
    return value;
  });
  return found;
}

/** Stands for the record's own id in an address. No address holds it of itself. */
const OWN_ID = '{id}';

/** The id is the secret. An interaction's stands in its way back too, and a session's in its interactions. */
function withoutSecrets(payload: AdapterPayload, id: string): Readonly<Record<string, unknown>> {
  const { jti: _id, session, returnTo, ...rest } = payload;
  const { cookie: _cookie, ...known } = (session ?? {}) as Record<string, unknown>;
  return {
    ...rest,
    ...(session === undefined ? {} : { session: known }),
    ...(returnTo === undefined ? {} : { returnTo: returnTo.replaceAll(id, OWN_ID) }),
  };
}

function read(record: ServerRecord | null, id: string | null): AdapterPayload | undefined {
  if (record === null) return undefined;
  const consumed = record.consumedAt === null ? {} : { consumed: Math.floor(record.consumedAt.getTime() / 1000) };
  const payload: AdapterPayload = record.payload;
  const { returnTo } = payload;
  const own = id === null ? {} : { jti: id, ...(returnTo ? { returnTo: returnTo.replaceAll(OWN_ID, id) } : {}) };
  return { ...payload, ...own, ...consumed };
}
