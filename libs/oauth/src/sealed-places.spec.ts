import { newId } from '#app/kernel';
import { clientSecret, pkceVerifier } from './connections/connection-secrets.js';
import { credentialBinding } from './credentials/credential-seals.js';
import { revocationBinding } from './revocation/revocation-seals.js';

/** A part that is left out lets a ciphertext be moved along it; one that is changed makes what is stored unreadable. */
describe('V2 what a sealed value of this library is bound to', () => {
  const [tenantId, connectionId, id] = [newId('tenant'), newId('connection'), newId('account')];

  it('V2 the secret of an OAuth app: its connection, and which of its secrets it is', () => {
    expect(clientSecret(tenantId, connectionId, 7)).toEqual({
      tenantId,
      connectionId,
      accountId: '',
      kind: 'client_secret',
      version: 7,
      generation: 0,
    });
  });

  it('V2 a PKCE verifier: its connection, and the state of its flow', () => {
    expect(pkceVerifier({ tenantId, connectionId, stateHash: Buffer.from('c0ffee', 'hex') })).toEqual({
      tenantId,
      connectionId,
      accountId: 'c0ffee',
      kind: 'pkce_verifier',
      version: 1,
      generation: 0,
    });
  });

  it.each([
    ['active', id],
    ['pending', `${id}#pending`],
  ] as const)('V2 a credential that is %s: its account, slot, kind, version and generation', (slot, accountId) => {
    const account = { tenantId, connectionId, id };
    for (const kind of ['access_token', 'credential'] as const)
      expect(credentialBinding({ account, slot, version: 7, generation: 3 }, kind)).toEqual({
        tenantId,
        connectionId,
        accountId,
        kind,
        version: 7,
        generation: 3,
      });
  });

  it('V2 tokens to be revoked: what they were bound to before', () => {
    const place = { tenantId, connectionId, boundTo: `${id}#pending`, version: 7, generation: 3 };
    for (const kind of ['access_token', 'credential'] as const)
      expect(revocationBinding(place, kind)).toEqual(
        credentialBinding(
          { account: { tenantId, connectionId, id }, slot: 'pending', version: 7, generation: 3 },
          kind,
        ),
      );
  });
});
