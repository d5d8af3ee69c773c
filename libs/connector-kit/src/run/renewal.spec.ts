import { acmeManifest, compileManifest } from '../../test/acme.js';
import { call, FakeProvider, json, rejection } from '../../test/fake-provider.js';

const OK = json(200, { id: 42, name: 'Anvil' });
const EXPIRED = json(401, { error: { code: 'token_expired' } });

/** A way to the provider whose credential can be renewed, so often as it says. */
class RenewableProvider extends FakeProvider {
  renewals = 0;
  renewable = true;

  async renew(): Promise<boolean> {
    this.renewals += 1;
    return this.renewable;
  }
}

function connectorWith(errors = [{ when: { status: 410 }, code: 'not_found' }] as object[]) {
  const manifest = acmeManifest();
  Object.assign(manifest.auth[0] ?? {}, { refresh: { rotates: true } });
  return compileManifest({ ...manifest, errors });
}

const CONNECTOR = connectorWith();
const get = (provider: FakeProvider, connector = CONNECTOR) =>
  call(connector, 'acme_item_get', { item_id: '42' }, provider);
const note = (provider: FakeProvider, connector = CONNECTOR) =>
  call(connector, 'acme_item_note', { item_id: '42', text: 'hi' }, provider);

describe('a credential that the provider calls expired', () => {
  it.each([
    ['a read', get],
    ['a write', note],
  ])('is renewed once, and %s repeated: it was not executed', async (_, run) => {
    const provider = new RenewableProvider(EXPIRED, OK);
    await expect(run(provider)).resolves.toMatchObject({ upstreamRequests: 2 });
    expect(provider.renewals).toBe(1);
  });

  it('is renewed again when what came in its place is refused too', async () => {
    const provider = new RenewableProvider(EXPIRED, EXPIRED, OK);
    await expect(get(provider)).resolves.toMatchObject({ upstreamRequests: 3 });
    expect(provider.renewals).toBe(2);
  });

  it('is not renewed without end', async () => {
    const provider = new RenewableProvider(EXPIRED, EXPIRED, EXPIRED, EXPIRED, OK);
    expect(await rejection(get(provider))).toMatchObject({ code: 'auth_expired', upstreamRequests: 4 });
    expect(provider.renewals).toBe(3);
  });

  it('ends the call when there is no other', async () => {
    const provider = new RenewableProvider(EXPIRED, OK);
    provider.renewable = false;
    expect(await rejection(get(provider))).toMatchObject({ code: 'auth_expired', upstreamRequests: 1 });
  });

  it('ends the call where it can’t be renewed', async () => {
    expect(await rejection(get(new FakeProvider(EXPIRED, OK)))).toMatchObject({ code: 'auth_expired' });
  });

  it('is not renewed when the manifest says that the provider has revoked it', async () => {
    const connector = connectorWith([{ when: { 'body.error.code': 'token_revoked' }, code: 'auth_revoked' }]);
    const provider = new RenewableProvider(json(401, { error: { code: 'token_revoked' } }), OK);
    expect(await rejection(get(provider, connector))).toMatchObject({ code: 'auth_revoked', upstreamRequests: 1 });
    expect(provider.renewals).toBe(0);
  });

  it('is renewed when a probe finds that it has expired', async () => {
    const connector = connectorWith([{ when: { status: 403 }, code: 'forbidden_by_provider', probe: true }]);
    const provider = new RenewableProvider(json(403, {}), EXPIRED, OK);
    await expect(get(provider, connector)).resolves.toMatchObject({ upstreamRequests: 3 });
    expect(provider.requests.map(({ path }) => path)).toEqual(['/items/42', '/me', '/items/42']);
  });
});
