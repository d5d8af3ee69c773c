import { AppError, newId, type ClientId, type TenantId } from '#app/kernel';
import type { Statement } from '#app/database';
import { ClientDirectory } from './client-directory.js';

/** `api_clients` in memory, behind the one method that the directory uses. */
class FakeSystem {
  queries = 0;
  down = false;
  rows: object[] = [];

  query<R>(_statement: Statement, _values: unknown[]): Promise<R[]> {
    this.queries += 1;
    if (this.down) return Promise.reject(new AppError('not_available', 'The database is away'));
    return Promise.resolve(this.rows as R[]);
  }
}

describe('ClientDirectory', () => {
  const tenantId: TenantId = newId('tenant');
  const id: ClientId = newId('client');
  const row = {
    tenantId,
    id,
    secretHash: Buffer.alloc(32, 1),
    permissions: ['tools:read'],
    allowedTools: ['a'],
    version: 2,
    active: true,
  };
  let system: FakeSystem;
  let time: number;
  let directory: ClientDirectory;
  beforeEach(() => {
    system = new FakeSystem();
    system.rows = [row];
    time = 1_000_000;
    directory = new ClientDirectory(system, { now: () => time });
  });

  it('tells what a client may do', async () => {
    const caller = { clientId: id, version: 2, permissions: new Set(['tools:read']), allowedTools: new Set(['a']) };
    expect(await directory.find(tenantId, id)).toMatchObject({ tenantId, caller, active: true });
  });

  it('remembers a client for a second, and no longer', async () => {
    await directory.find(tenantId, id);
    time += 999;
    await directory.find(tenantId, id);
    expect(system.queries).toBe(1);
    time += 1;
    await directory.find(tenantId, id);
    expect(system.queries).toBe(2);
  });

  it('asks once for callers that come at the same time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => directory.find(tenantId, id)));
    expect(system.queries).toBe(1);
  });

  it('asks again when told to forget, or to reload', async () => {
    await directory.find(tenantId, id);
    directory.forget(tenantId, id);
    await directory.find(tenantId, id);
    await directory.reload(tenantId, id);
    expect(system.queries).toBe(3);
  });

  it('T3 keeps clients of different tenants apart, also with the same id', async () => {
    await directory.find(tenantId, id);
    system.rows = [];
    expect(await directory.find(newId('tenant'), id)).toBeNull();
  });

  it('fails closed while the database is away, and does not remember the failure', async () => {
    await directory.find(tenantId, id);
    system.down = true;
    time += 1_000;
    await expect(directory.find(tenantId, id)).rejects.toMatchObject({ code: 'not_available' });
    system.down = false;
    expect(await directory.find(tenantId, id)).not.toBeNull();
  });

  it('does not choose between two clients of one id', async () => {
    system.rows = [row, { ...row, tenantId: newId('tenant') }];
    expect(await directory.byId(id)).toBeNull();
  });

  it('does not ask the database for what can be no id', async () => {
    for (const text of ['', 'x', 'skc_\0', `skc_${'a'.repeat(29)}`]) expect(await directory.byId(text)).toBeNull();
    expect(system.queries).toBe(0);
  });
});
