import { AppError, newId, type RequestContext } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { GENERATED, IdentityNode } from '../test/identity-node.js';
import { IDENTITY_ENTITIES } from './entities/index.js';

describe('TenantsService', () => {
  let database: OpenTestDatabase;
  let node: IdentityNode;
  let admin: RequestContext;
  beforeEach(async () => {
    database = await openTestDatabase(IDENTITY_ENTITIES);
    node = new IdentityNode(database);
    const { clientId, secret } = await node.clients.ensureBootstrap(GENERATED);
    admin = await node.contextOf(await node.tokenFor(clientId, secret ?? ''));
    node.journal.events.length = 0;
  });
  afterEach(() => database.close());

  it('shows the tenant as it is, with redacted payloads from the start', async () => {
    expect(await node.tenants.get(admin)).toEqual({
      id: admin.tenantId,
      name: 'default',
      auditFullPayloads: false,
      redirectAllowList: [],
      defaultUserVerifyUrl: null,
      createdAt: expect.any(Date),
    });
  });

  it('changes what is named and leaves the rest', async () => {
    expect(await node.tenants.update(admin, { auditFullPayloads: true })).toMatchObject({
      name: 'default',
      auditFullPayloads: true,
    });
    expect(await node.tenants.update(admin, { name: 'Acme' })).toMatchObject({ name: 'Acme', auditFullPayloads: true });
    expect(await node.tenants.get(admin)).toMatchObject({ name: 'Acme', auditFullPayloads: true });
  });

  it('records before and after in the transaction of the change', async () => {
    await node.tenants.update(admin, { auditFullPayloads: true });
    expect(node.journal.events).toEqual([
      {
        tenantId: admin.tenantId,
        requestId: admin.requestId,
        source: 'rest',
        type: 'tenant.updated',
        clientId: admin.caller?.clientId,
        detail: {
          before: expect.objectContaining({ name: 'default', audit_full_payloads: false }),
          after: expect.objectContaining({ name: 'default', audit_full_payloads: true }),
        },
        inTransaction: true,
      },
    ]);
  });

  it('changes nothing when the record can’t be written', async () => {
    node.journal.fault = new AppError('not_available', 'the trail is away');
    await expect(node.tenants.update(admin, { auditFullPayloads: true })).rejects.toMatchObject({
      code: 'not_available',
    });
    expect(await node.tenants.get(admin)).toMatchObject({ auditFullPayloads: false });
    expect(node.journal.changed).toEqual([]);
  });

  it('tells the trail of a change, so that this node does not go by what it remembers', async () => {
    await node.tenants.update(admin, { auditFullPayloads: true });
    expect(node.journal.changed).toEqual([admin.tenantId]);
  });

  it('loses no change of two that are made at once', async () => {
    await Promise.all([
      node.tenants.update(admin, { auditFullPayloads: true }),
      node.tenants.update(admin, { name: 'Acme' }),
    ]);
    expect(await node.tenants.get(admin)).toMatchObject({ name: 'Acme', auditFullPayloads: true });
  });

  it('T1 reaches no other tenant', async () => {
    const stranger: RequestContext = { ...admin, tenantId: newId('tenant') };
    await expect(node.tenants.get(stranger)).rejects.toMatchObject({ code: 'not_found' });
    await expect(node.tenants.update(stranger, { name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    expect(await node.tenants.get(admin)).toMatchObject({ name: 'default' });
  });
});
