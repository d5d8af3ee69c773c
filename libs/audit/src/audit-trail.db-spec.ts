import { newId } from '#app/kernel';
import { SystemDatabase } from '#app/database';
import pg from 'pg';
import { AuditFixture, intentOf, outcomeOf, type TestTenant } from '../test/audit-fixture.js';

describe('AuditTrail', () => {
  let fixture: AuditFixture;
  let tenant: TestTenant;

  beforeAll(async () => {
    fixture = await AuditFixture.open();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    tenant = await fixture.newTenant();
  });

  const events = async () => (await fixture.query.list(tenant.ctx)).events;

  it('admits a call by writing who called what as whom', async () => {
    const intent = intentOf(tenant, { agentRunId: 'run-1', toolset: ['intercom_conversation_get'] });
    expect(await fixture.trail.admit(intent)).toEqual({ admitted: true });
    expect(await events()).toEqual([
      expect.objectContaining({
        tenantId: tenant.tenantId,
        occurredAt: new Date(fixture.clock.now()),
        kind: 'intent',
        type: 'tool.requested',
        source: 'rest',
        requestId: intent.requestId,
        executionId: intent.executionId,
        clientId: tenant.clientId,
        identifier: 'user_1',
        accountId: tenant.accountId,
        connectionId: tenant.connectionId,
        principalId: '814860',
        tool: 'intercom_conversation_get',
        decision: 'allow',
        status: null,
        detail: {
          arguments: { conversation_id: '1' },
          agent_run_id: 'run-1',
          toolset: ['intercom_conversation_get'],
          account_version: 1,
          client_version: 1,
        },
      }),
    ]);
  });

  it.each([
    ['tenant_suspended', `UPDATE tenants SET status = 'suspended'`],
    ['tenant_shredded', `UPDATE tenants SET status = 'shredded'`],
    ['tenant_suspended', 'DELETE FROM tenants'],
    ['client_disabled', `UPDATE api_clients SET status = 'disabled', version = 2`],
    ['client_disabled', 'DELETE FROM api_clients'],
    ['client_changed', 'UPDATE api_clients SET version = 2'],
    ['account_missing', 'DELETE FROM connected_accounts'],
    ['account_inactive', `UPDATE connected_accounts SET status = 'DISCONNECTED', version = 2`],
    ['account_inactive', `UPDATE connected_accounts SET status = 'PENDING_VERIFICATION'`],
    ['account_changed', 'UPDATE connected_accounts SET version = 2'],
    // As a database that was restored from a backup may have them
    ['client_changed', 'UPDATE api_clients SET version = 0'],
    ['account_changed', 'UPDATE connected_accounts SET version = 0'],
    ['connection_disabled', `UPDATE connections SET status = 'disabled'`],
  ])('refuses with %s after: %s', async (reason, change) => {
    expect(await fixture.trail.admit(intentOf(tenant))).toEqual({ admitted: true });
    expect(await fixture.trail.refusalOf(intentOf(tenant))).toBeNull();
    await fixture.owner.query(`${change} WHERE tenant_id = $1`, [tenant.tenantId]);
    const written = await fixture.count(tenant.tenantId);
    expect(await fixture.trail.admit(intentOf(tenant))).toEqual({ admitted: false, reason });
    expect(await fixture.trail.refusalOf(intentOf(tenant))).toBe(reason);
    expect(await fixture.count(tenant.tenantId)).toBe(written);
  });

  it('refuses a call on the account, and in the name of the client, of another tenant', async () => {
    const { accountId, clientId } = await fixture.newTenant();
    expect(await fixture.trail.admit(intentOf(tenant, { accountId }))).toEqual({
      admitted: false,
      reason: 'account_missing',
    });
    expect(await fixture.trail.admit(intentOf(tenant, { clientId }))).toEqual({
      admitted: false,
      reason: 'client_disabled',
    });
  });

  it('looks at what is the tenant’s own, also where another tenant’s bears the same id', async () => {
    const { tenantId } = await fixture.newTenant();
    for (const change of [
      `INSERT INTO api_clients (tenant_id, id, name, secret_hash, permissions, status)
       SELECT $2, id, name, secret_hash, permissions, 'disabled' FROM api_clients WHERE tenant_id = $1`,
      `INSERT INTO connections (tenant_id, id, name, connector, oauth_client_id, client_secret_sealed, status)
       SELECT $2, id, 'other', connector, '', '', 'disabled' FROM connections WHERE tenant_id = $1`,
      `INSERT INTO connected_accounts (tenant_id, id, connection_id, identifier, status)
       SELECT $2, id, connection_id, 'user_2', 'DISCONNECTED' FROM connected_accounts WHERE tenant_id = $1`,
    ]) {
      await fixture.owner.query(change, [tenant.tenantId, tenantId]);
      expect(await fixture.trail.admit(intentOf(tenant))).toEqual({ admitted: true });
    }
  });

  it('asks nothing of a client when the call has none', async () => {
    const fence = { accountVersion: 1, clientVersion: null };
    expect(await fixture.trail.admit(intentOf(tenant, { clientId: null, fence }))).toEqual({ admitted: true });
  });

  it('admits 200 calls at once in a few statements and answers each for itself', async () => {
    const revoked = await fixture.newTenant();
    await fixture.owner.query(`UPDATE connected_accounts SET status = 'EXPIRED' WHERE tenant_id = $1`, [
      revoked.tenantId,
    ]);
    const before = fixture.statements;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => fixture.trail.admit(intentOf(n % 4 === 0 ? revoked : tenant))),
    );
    expect(fixture.statements - before).toBeLessThanOrEqual(5);
    expect(answers.map((answer) => answer.admitted)).toEqual(answers.map((_, n) => n % 4 !== 0));
    expect(await fixture.count(tenant.tenantId)).toBe(150);
    expect(await fixture.count(revoked.tenantId)).toBe(0);
  });

  it('admits no call that began after a revoke has returned, while others keep it busy', async () => {
    const busy = await fixture.newTenant();
    const load = Promise.all(Array.from({ length: 300 }, () => fixture.trail.admit(intentOf(busy))));
    await fixture.owner.query(
      `UPDATE connected_accounts SET version = 2, status = 'DISCONNECTED' WHERE tenant_id = $1`,
      [tenant.tenantId],
    );
    const answers = await Promise.all(Array.from({ length: 50 }, () => fixture.trail.admit(intentOf(tenant))));
    expect(answers.every((answer) => !answer.admitted)).toBe(true);
    expect((await load).every((answer) => answer.admitted)).toBe(true);
  });

  it('records outcomes, denials and events', async () => {
    const intent = intentOf(tenant);
    await fixture.trail.recordOutcome(
      outcomeOf(intent, { status: 'failure', errorCode: 'not_found', upstreamStatus: 404 }),
    );
    await fixture.trail.recordDenial({
      ...intent,
      accountId: null,
      reason: 'toolset.client',
      errorCode: 'policy_denied',
      durationMs: 1,
    });
    const { tenantId } = tenant;
    await fixture.trail.record({
      tenantId,
      type: 'connection.created',
      source: 'rest',
      requestId: newId('request'),
      detail: { a: 1 },
    });
    expect(await events()).toEqual([
      expect.objectContaining({
        kind: 'event',
        type: 'connection.created',
        executionId: null,
        tool: null,
        detail: { a: 1 },
      }),
      expect.objectContaining({
        kind: 'denial',
        type: 'tool.refused',
        decision: 'deny',
        status: 'denied',
        reason: 'toolset.client',
        errorCode: 'policy_denied',
        accountId: null,
        detail: { arguments: { conversation_id: '1' } },
      }),
      expect.objectContaining({
        kind: 'outcome',
        type: 'tool.executed',
        status: 'failure',
        errorCode: 'not_found',
        durationMs: 12,
        upstreamStatus: 404,
        detail: { result: { id: '1' }, upstream_requests: 1 },
      }),
    ]);
  });

  describe('inside of a tenant transaction', () => {
    const event = () =>
      ({ tenantId: tenant.tenantId, type: 'connection.deleted', source: 'rest', requestId: newId('request') }) as const;

    it('records an event if and only if the transaction is committed', async () => {
      await fixture.database.tenants.withTenant(tenant.tenantId, (em) => fixture.trail.record(event(), em));
      const undone = fixture.database.tenants.withTenant(tenant.tenantId, async (em) => {
        await fixture.trail.record(event(), em);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect((await events()).map(({ type }) => type)).toEqual(['connection.deleted']);
    });

    it('cannot write into the trail of another tenant', async () => {
      const other = await fixture.newTenant();
      const attempt = fixture.database.tenants.withTenant(other.tenantId, (em) => fixture.trail.record(event(), em));
      await expect(attempt).rejects.toThrow(/row-level security/);
      expect(await fixture.count(tenant.tenantId)).toBe(0);
    });
  });

  it('A7 keeps hostile text as it was, but for what Postgres cannot hold', async () => {
    const hostile = 'line\r\nbreak \u001b[31m "quotes" \' \\ | = {} \u2028 <script> 👩‍👩‍👧 \u202e';
    const intent = intentOf(tenant, {
      identifier: `${hostile}\0\uD800`,
      tool: 'x'.repeat(1_000_000),
      arguments: { [`${hostile}\0`]: hostile, big: 'y'.repeat(1_000_000), half: 'a\uDFFFb\0c', list: [hostile] },
    });
    expect(await fixture.trail.admit(intent)).toEqual({ admitted: true });
    const [event] = await events();
    expect(event?.identifier).toBe(`${hostile}\uFFFD`);
    expect(event?.tool).toMatch(/^x{500}… \[cut, 1000000 characters in all\]$/);
    expect(event?.detail['arguments']).toEqual({
      [hostile]: hostile,
      big: `${'y'.repeat(4_000)}… [cut, 1000000 characters in all]`,
      half: 'a\uFFFDbc',
      list: [hostile],
    });
  });

  it('A10 keeps secrets out of every kind of record', async () => {
    const canary = { authorization: 'canary', nested: [{ client_secret: 'canary', code_verifier: 'canary' }] };
    const intent = intentOf(tenant, { arguments: canary });
    await fixture.trail.admit(intent);
    await fixture.trail.recordOutcome(outcomeOf(intent, { result: canary }));
    await fixture.trail.recordDenial({ ...intent, reason: 'no', errorCode: 'policy_denied', durationMs: 1 });
    const { tenantId } = tenant;
    await fixture.trail.record({
      tenantId,
      type: 'connection.created',
      source: 'rest',
      requestId: newId('request'),
      detail: canary,
    });
    const all = JSON.stringify(await events());
    expect(all.match(/\[redacted\]/g)).toHaveLength(12);
    expect(all).not.toContain('canary');
  });

  it('tells whether a tenant wants full payloads, and notices a change within seconds', async () => {
    expect(await fixture.trail.payloadMode(tenant.tenantId)).toBe('redacted');
    await fixture.owner.query('UPDATE tenants SET audit_full_payloads = true WHERE tenant_id = $1', [tenant.tenantId]);
    expect(await fixture.trail.payloadMode(tenant.tenantId)).toBe('redacted');
    fixture.clock.advance(10_001);
    expect(await fixture.trail.payloadMode(tenant.tenantId)).toBe('full');
    expect(await fixture.trail.payloadMode(newId('tenant'))).toBe('redacted');
  });

  it('A1 admits and records nothing once the right to insert is gone, and recovers by itself', async () => {
    await fixture.owner.query('REVOKE INSERT ON audit_events FROM gatehouse_system');
    const refused = [
      fixture.trail.admit(intentOf(tenant)),
      fixture.trail.recordOutcome(outcomeOf(intentOf(tenant))),
      fixture.trail.recordDenial({ ...intentOf(tenant), reason: 'no', errorCode: 'policy_denied', durationMs: 1 }),
    ];
    const results = await Promise.allSettled(refused);
    await fixture.owner.query('GRANT INSERT ON audit_events TO gatehouse_system');
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'not_available' } });
    expect(await fixture.count(tenant.tenantId)).toBe(0);
    expect(await fixture.trail.admit(intentOf(tenant))).toEqual({ admitted: true });
  });

  it('A1 admits nothing while there is no partition for today', async () => {
    const far = await AuditFixture.open();
    try {
      const there = await far.newTenant();
      far.clock.advance(30 * 86_400_000);
      await expect(far.trail.admit(intentOf(there))).rejects.toMatchObject({ code: 'not_available' });
      await far.maintenance.ensurePartitions();
      expect(await far.trail.admit(intentOf(there))).toEqual({ admitted: true });
    } finally {
      await far.close();
    }
  });

  it('A1 admits nothing while the database cannot be reached', async () => {
    const nowhere = { host: '/nonexistent/gatehouse', connectionTimeoutMillis: 500 };
    const pool = new pg.Pool(nowhere);
    const trail = fixture.newTrail(new SystemDatabase(pool, nowhere));
    const calls = Array.from({ length: 20 }, () => trail.admit(intentOf(tenant)));
    for (const result of await Promise.allSettled(calls))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'not_available' } });
    await expect(trail.payloadMode(tenant.tenantId)).rejects.toMatchObject({ code: 'not_available' });
    await pool.end();
  });

  it.each(['gatehouse_app', 'gatehouse_system'])('is append-only for %s', async (role) => {
    await fixture.trail.admit(intentOf(tenant));
    const partition = `audit_events_${new Date(fixture.clock.now()).toISOString().slice(0, 10).replaceAll('-', '')}`;
    const client = new pg.Client({ connectionString: fixture.database.url });
    await client.connect();
    await client.query(`SET ROLE ${role}`);
    await client.query(`SELECT set_config('gatehouse.tenant_id', $1, false)`, [tenant.tenantId]);
    for (const table of ['audit_events', partition]) {
      await expect(client.query(`UPDATE ${table} SET reason = 'edited'`)).rejects.toThrow(/permission denied/);
      await expect(client.query(`DELETE FROM ${table}`)).rejects.toThrow(/permission denied/);
      await expect(client.query(`TRUNCATE ${table}`)).rejects.toThrow(/permission denied/);
      await expect(client.query(`DROP TABLE ${table}`)).rejects.toThrow(/must be owner/);
      await expect(client.query(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`)).rejects.toThrow(/must be owner/);
    }
    await client.end();
    expect(await events()).toHaveLength(1);
  });
});
