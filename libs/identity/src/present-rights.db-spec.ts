import { INSTALLATION_TENANT, type ClientId, type RequestContext, type TenantId } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { GENERATED, IdentityNode } from '../test/identity-node.js';
import { ClientDirectory } from './client-directory.js';
import { IDENTITY_ENTITIES } from './entities/index.js';
import { PresentRights } from './present-rights.js';
import { TenantAdministration } from './tenant-administration.js';
import { TenantShredding } from './tenant-shredding.js';

describe('acts on tenants by a request that was let in before its client lost the right', () => {
  let database: OpenTestDatabase;
  let operator: RequestContext & { caller: { clientId: ClientId } };
  let other: TenantId;
  let administration: TenantAdministration;
  let shredding: TenantShredding;
  let directory: ClientDirectory;

  beforeEach(async () => {
    database = await openTestDatabase(IDENTITY_ENTITIES);
    const node = new IdentityNode(database);
    const { system, tenants } = database;
    directory = new ClientDirectory(system, { now: () => node.time });
    const rights = new PresentRights(directory);
    administration = new TenantAdministration(system, tenants, rights, node.journal);
    const keys = {
      destroyKeys: (_: unknown, tenantId: TenantId) => Promise.resolve({ number: 0, tenantId }),
      allDropped: nothing,
      forgetTenant: nothing,
    };
    shredding = new TenantShredding(tenants, administration, keys, node.journal);
    const { clientId, secret } = await node.clients.ensureBootstrap(GENERATED);
    operator = await node.contextOf(await node.tokenFor(clientId, secret ?? ''));
    other = (await administration.create(operator, 'other')).tenant.id;
  });
  afterEach(() => database.close());

  const sql = (text: string): Promise<unknown> =>
    database.tenants.withTenant(operator.tenantId, (em) => em.query(text, [operator.tenantId]));
  const acts = (): Record<string, () => Promise<unknown>> => ({
    create: () => administration.create(operator, 'more'),
    suspend: () => administration.suspend(operator, other),
    resume: () => administration.resume(operator, operator.tenantId),
    shred: () => shredding.shred(operator, other, other),
  });
  const everyAct = async (): Promise<unknown[]> =>
    Promise.all(
      Object.entries(acts()).map(([name, act]) =>
        act().then(
          () => `${name} done`,
          (error: { code?: string }) => `${name} ${error.code}`,
        ),
      ),
    );
  const REFUSED = ['create', 'suspend', 'resume', 'shred'].map((name) => `${name} permission_denied`);

  it.each([
    ['its tenant is suspended', `UPDATE tenants SET status = 'suspended' WHERE tenant_id = $1`],
    ['it is disabled', `UPDATE api_clients SET status = 'disabled' WHERE tenant_id = $1`],
    ['the right is taken away', `UPDATE api_clients SET permissions = '{tenant:write}' WHERE tenant_id = $1`],
    ['it has another secret', `UPDATE api_clients SET secret_hash = '\\x00' WHERE tenant_id = $1`],
  ])('N4 are refused when %s', async (_, change) => {
    await sql(change);
    expect(await everyAct()).toEqual(REFUSED);
    expect((await administration.get(other)).status).toBe('active');
  });

  it('are done while it has the right, but never to the installation itself', async () => {
    expect((await administration.suspend(operator, other)).status).toBe('suspended');
    expect((await shredding.shred(operator, other, other)).status).toBe('shredded');
    const own = shredding.shred(operator, INSTALLATION_TENANT, INSTALLATION_TENANT);
    await expect(own).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leave an operator when the last two suspend or destroy each other’s tenant at once', async () => {
    const [row] = await database.tenants.withTenant<[{ id: ClientId }]>(other, (em) =>
      em
        .query(`UPDATE api_clients SET permissions = '{installation:operate}' WHERE tenant_id = $1`, [other])
        .then(() => em.query('SELECT id FROM api_clients WHERE tenant_id = $1', [other])),
    );
    const known = await directory.reload(other, row.id);
    if (known === null) throw new Error('There is no second operator');
    const second: RequestContext = { ...operator, tenantId: other, caller: known.caller };
    const outcomes = await Promise.allSettled([
      administration.suspend(operator, other),
      shredding.shred(second, operator.tenantId, operator.tenantId),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const left = [await administration.get(other), await administration.get(operator.tenantId)];
    expect(left.filter(({ status }) => status === 'active')).toHaveLength(1);
  });

  it('N4 can not destroy the own tenant either by a client that was disabled', async () => {
    await sql(`UPDATE api_clients SET status = 'disabled' WHERE tenant_id = $1`);
    const { tenantId } = operator;
    const plain = { ...operator, caller: { ...operator.caller, permissions: new Set(['tenant:write'] as const) } };
    await database.tenants.withTenant(other, (em) =>
      em.query(`UPDATE api_clients SET permissions = '{installation:operate}' WHERE tenant_id = $1`, [other]),
    );
    await expect(shredding.shred(plain as RequestContext, tenantId, tenantId)).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });
});

const nothing = (): Promise<void> => Promise.resolve();
