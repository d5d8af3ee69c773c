import { acme } from '../../test/acme.js';
import { CREDENTIAL, FakeProvider, json, rejection } from '../../test/fake-provider.js';
import { fetchIdentity } from './fetch-identity.js';

const identify = (provider: FakeProvider, params = {}) =>
  fetchIdentity(acme(), {
    params,
    http: provider,
    clock: provider.clock,
    deadline: provider.now + 5000,
    sleep: provider.sleep,
  });

describe('fetchIdentity', () => {
  it('reads who the credential is, as text', async () => {
    const provider = new FakeProvider(
      json(200, { id: 77, email: 'ann@acme.example', org: 'org_1', seat: true, region: 'EU', token: 'x' }),
    );
    expect(await identify(provider)).toEqual({
      id: '77',
      label: 'ann@acme.example',
      tenant: 'org_1',
      facts: { seat: true, plan: null },
      params: { region: 'eu' },
    });
    expect(provider.requests).toMatchObject([{ method: 'GET', path: '/me', write: false }]);
  });

  it('V11 takes the credential out of who it is', async () => {
    const provider = new FakeProvider(
      json(200, { id: CREDENTIAL, email: `x\u200b${CREDENTIAL}`, org: 'o', seat: CREDENTIAL }),
    );
    const found = await identify(provider);
    expect(found).toMatchObject({ id: '[redacted]', label: 'x[redacted]', facts: { seat: '[redacted]' } });
  });

  it('takes no parameter that the manifest does not allow', async () => {
    const provider = new FakeProvider(json(200, { id: '77', org: 'o', region: 'evil.example' }));
    expect((await identify(provider)).params).toEqual({});
  });

  it.each([
    ['the user', { org: 'o' }],
    ['the workspace', { id: '77' }],
    ['anything', {}],
  ])('fails when the answer does not name %s', async (_, body) => {
    expect(await rejection(identify(new FakeProvider(json(200, body))))).toMatchObject({ code: 'provider_error' });
  });

  it('reports a credential that is not accepted', async () => {
    expect(await rejection(identify(new FakeProvider(json(401, {}))))).toMatchObject({ code: 'auth_revoked' });
  });
});
