import { AppError, type ClientId, type TenantId } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { GENERATED, ISSUER, IdentityNode } from '../test/identity-node.js';
import { IDENTITY_ENTITIES } from './entities/index.js';

const REFUSED = { code: 'unauthenticated', message: expect.stringContaining('access token is not valid') };

const NO_TOKEN = {
  code: 'unauthenticated',
  message: 'The client id or the client secret is wrong, or the client is disabled.',
  details: { error: 'invalid_client' },
};

describe('TokenService', () => {
  let database: OpenTestDatabase;
  let node: IdentityNode;
  let tenantId: TenantId;
  let clientId: ClientId;
  let secret: string;
  beforeEach(async () => {
    database = await openTestDatabase(IDENTITY_ENTITIES);
    node = new IdentityNode(database);
    const first = await node.clients.ensureBootstrap(GENERATED);
    ({ tenantId, clientId } = first);
    secret = first.secret ?? '';
  });
  afterEach(() => database.close());

  const change = (sql: string): Promise<unknown> => database.tenants.withTenant(tenantId, (em) => em.query(sql));

  describe('issue', () => {
    it('gives a token that anyone can verify with the published keys', async () => {
      const answer = await node.ask(clientId, secret);
      expect(answer).toMatchObject({ accessToken: expect.any(String), expiresIn: 86_399 });
      const jwks = await node.tokens.jwks();
      expect(jwks.keys).toMatchObject([{ kty: 'RSA', alg: 'RS256', use: 'sig', kid: expect.any(String) }]);
      expect(Object.keys(jwks.keys[0] ?? {}).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      const token = await node.tokenFor(clientId, secret);
      const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...jwks.keys] }), { issuer: ISSUER });
      expect(payload.sub).toBe(clientId);
    });

    const refusals = (): unknown[] => node.journal.events.filter(({ type }) => type === 'api_client.token_refused');

    it.each([
      ['a wrong secret', (): Promise<unknown> => node.ask(clientId, `${secret}x`), true],
      ['an empty secret', (): Promise<unknown> => node.ask(clientId, ''), true],
      ['an unknown client', (): Promise<unknown> => node.ask('skc_00000000000000000000000000', secret), false],
      ['an id that is none', (): Promise<unknown> => node.ask("skc_' OR 1=1 --\0", secret), false],
    ])('refuses %s with one text, and records it where there is a tenant to tell', async (_what, ask, known) => {
      await expect(ask()).rejects.toMatchObject(NO_TOKEN);
      const refusal = {
        tenantId,
        clientId,
        source: 'rest',
        requestId: expect.stringMatching(/^req_/),
        status: 'failure',
      };
      expect(refusals()).toMatchObject(known ? [refusal] : []);
      expect(JSON.stringify(refusals())).not.toContain(secret);
    });

    it('tells a stranger by no time which clients there are: every refusal waits until it is due, after its record', async () => {
      const asked = [
        [clientId, 'wrong'],
        ['skc_00000000000000000000000000', 'wrong'],
        ['no id', 'wrong'],
      ].map(([id = '', wrong = '']) => node.ask(id, wrong));
      node.refusals.close();
      let told = 0;
      for (const each of asked) each.catch(() => void (told += 1));
      await node.refusals.arrived(3);
      expect([told, refusals().length]).toEqual([0, 1]);
      node.refusals.open();
      for (const each of asked) await expect(each).rejects.toMatchObject(NO_TOKEN);
      node.refusals.close();
      expect(await node.ask(clientId, secret)).toMatchObject({ expiresIn: 86_399 });
    });

    it('refuses a disabled client and a suspended tenant, although the secret is right', async () => {
      await change(`UPDATE api_clients SET status = 'disabled'`);
      await expect(node.ask(clientId, secret)).rejects.toMatchObject(NO_TOKEN);
      await change(`UPDATE api_clients SET status = 'active'`);
      await change(`UPDATE tenants SET status = 'suspended'`);
      await expect(node.ask(clientId, secret)).rejects.toMatchObject(NO_TOKEN);
      expect(refusals()).toHaveLength(2);
    });

    it('records ten refusals of a client in a minute, and counts the others in the log', async () => {
      for (let n = 0; n < 25; n++) await expect(node.ask(clientId, 'wrong')).rejects.toMatchObject(NO_TOKEN);
      expect(refusals()).toHaveLength(10);
      expect(node.log).toHaveLength(15);
      expect(JSON.parse(node.log.at(-1) ?? '')).toMatchObject({ level: 'warn', client_id: clientId, unrecorded: 15 });
      node.time += 60_000;
      await expect(node.ask(clientId, 'wrong')).rejects.toMatchObject(NO_TOKEN);
      expect(refusals()).toHaveLength(11);
    });

    it('does not let the refusals of one client hide those of another', async () => {
      const admin = await node.contextOf(await node.tokenFor(clientId, secret));
      const other = await node.clients.create(admin, {
        name: 'other',
        permissions: ['tools:read'],
        allowedTools: null,
      });
      for (let n = 0; n < 11; n++) await expect(node.ask(clientId, 'wrong')).rejects.toMatchObject(NO_TOKEN);
      await expect(node.ask(other.client.id, 'wrong')).rejects.toMatchObject(NO_TOKEN);
      expect(refusals()).toHaveLength(11);
      expect(refusals().at(-1)).toMatchObject({ clientId: other.client.id });
    });

    it('tells a stranger by no fault of the trail which clients there are: what it does not take is in the log', async () => {
      node.journal.fault = new AppError('not_available', 'the trail is away');
      for (const id of [clientId, 'skc_00000000000000000000000000'])
        await expect(node.ask(id, 'wrong')).rejects.toMatchObject(NO_TOKEN);
      expect(node.log.map((line): unknown => JSON.parse(line))).toMatchObject([
        { level: 'error', client_id: clientId, tenant_id: tenantId, err: { error_code: 'not_available' } },
      ]);
      expect(await node.ask(clientId, secret)).toMatchObject({ expiresIn: 86_399 });
    });
  });

  describe('verify', () => {
    it('tells who bears the token', async () => {
      const token = await node.tokenFor(clientId, secret);
      expect(await node.tokens.verify(token)).toMatchObject({
        tenantId,
        caller: { clientId, version: 1, allowedTools: null },
      });
    });

    it('works on another node, and after a restart', async () => {
      const token = await node.tokenFor(clientId, secret);
      expect(await new IdentityNode(database).tokens.verify(token)).toMatchObject({ tenantId });
    });

    it('refuses what is no token, is too long, or is of another installation', async () => {
      const other = await openTestDatabase(IDENTITY_ENTITIES);
      const elsewhere = new IdentityNode(other);
      const first = await elsewhere.clients.ensureBootstrap(GENERATED);
      const foreign = await elsewhere.tokenFor(first.clientId, first.secret ?? '');
      await other.close();
      const own = await node.tokenFor(clientId, secret);
      for (const token of ['', 'x', secret, foreign, `${own}x`, `${own}${'a'.repeat(5000)}`])
        await expect(node.tokens.verify(token)).rejects.toMatchObject(REFUSED);
    });

    it('refuses a token of this installation under another name', async () => {
      const renamed = new IdentityNode(database, 'https://other.test');
      await expect(renamed.tokens.verify(await node.tokenFor(clientId, secret))).rejects.toMatchObject(REFUSED);
    });

    it('refuses a token after 24 hours, also one that it has seen before', async () => {
      const token = await node.tokenFor(clientId, secret);
      await node.tokens.verify(token);
      node.time += 86_400_000;
      await expect(node.tokens.verify(token)).rejects.toMatchObject(REFUSED);
    });

    it('N4 refuses a disabled client and a suspended tenant within a second on every node', async () => {
      const token = await node.tokenFor(clientId, secret);
      for (const sql of [`UPDATE api_clients SET status = 'disabled'`, `UPDATE tenants SET status = 'suspended'`]) {
        await change(`UPDATE api_clients SET status = 'active'`);
        node.time += 1_000;
        await node.tokens.verify(token);
        await change(sql);
        node.time += 1_000;
        await expect(node.tokens.verify(token)).rejects.toMatchObject(REFUSED);
      }
    });

    it('takes what the client may do from the database, not from the token', async () => {
      const token = await node.tokenFor(clientId, secret);
      await change(`UPDATE api_clients SET permissions = '{tools:read}', allowed_tools = '{a}', version = 2`);
      const seen = (await node.tokens.verify(token)).caller;
      expect((await node.tokens.reloadCaller(tenantId, seen))?.version).toBe(2);
      const { caller } = await node.tokens.verify(token);
      expect([caller.version, [...caller.permissions], [...(caller.allowedTools ?? [])]]).toEqual([
        2,
        ['tools:read'],
        ['a'],
      ]);
    });

    it('ends the tokens of a secret that was replaced, and takes those of the new one at once on every node', async () => {
      const otherNode = new IdentityNode(database);
      const old = await node.tokenFor(clientId, secret);
      await otherNode.tokens.verify(old);
      const rotated = await node.clients.rotateSecret(await node.contextOf(old), clientId);
      await expect(node.tokens.verify(old)).rejects.toMatchObject(REFUSED);
      const fresh = await node.tokenFor(clientId, rotated.secret);
      expect(await otherNode.tokens.verify(fresh)).toMatchObject({ tenantId });
      await expect(otherNode.tokens.verify(old)).rejects.toMatchObject(REFUSED);
      await expect(node.ask(clientId, secret)).rejects.toMatchObject(NO_TOKEN);
    });
  });

  describe('reloadCaller', () => {
    it('gives nothing for a client that may do nothing', async () => {
      const { caller } = await node.tokens.verify(await node.tokenFor(clientId, secret));
      expect(await node.tokens.reloadCaller(tenantId, { ...caller, clientId: 'skc_gone' as ClientId })).toBeNull();
      await change(`UPDATE api_clients SET status = 'disabled'`);
      expect(await node.tokens.reloadCaller(tenantId, caller)).toBeNull();
    });

    it('gives nothing to the bearer of a token whose secret was replaced', async () => {
      const { caller } = await node.tokens.verify(await node.tokenFor(clientId, secret));
      await node.clients.rotateSecret(await node.contextOf(await node.tokenFor(clientId, secret)), clientId);
      expect(await node.tokens.reloadCaller(tenantId, caller)).toBeNull();
    });
  });

  describe('signing keys', () => {
    it('end up as one when many nodes need the first at once', async () => {
      const nodes = Array.from({ length: 4 }, () => new IdentityNode(database));
      const tokens = await Promise.all(nodes.map((each) => each.tokenFor(clientId, secret)));
      expect(new Set(tokens.map((token) => decodeProtectedHeader(token).kid)).size).toBe(1);
      for (const each of nodes)
        for (const token of tokens) expect(await each.tokens.verify(token)).toMatchObject({ tenantId });
      expect((await node.tokens.jwks()).keys).toHaveLength(1);
    });

    it('are worth nothing when the table is changed: the public half is that of the sealed one', async () => {
      const token = await node.tokenFor(clientId, secret);
      await database.tenants.withTenant('ten_00000000000000000000000000' as TenantId, (em) =>
        em.query(`UPDATE signing_keys SET public_jwk = jsonb_set(public_jwk, '{n}', '"AQAB"')`),
      );
      expect(await new IdentityNode(database).tokens.verify(token)).toMatchObject({ tenantId });
    });
  });
});
