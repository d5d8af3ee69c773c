import type { AccountId, ConnectionId } from '#app/kernel';
import { Vault, type Packing, type SealedColumnParts } from '#app/vault';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { clientSecret, pkceVerifier } from './connections/connection-secrets.js';
import { ciphertextOffsets, packCredential, unpackCredential } from './credentials/credential-envelope.js';
import { credentialBinding } from './credentials/credential-seals.js';
import { revocationBinding } from './revocation/revocation-seals.js';

/** Tells the vault where this library keeps sealed values, so that they are sealed anew when a data key is rotated. */
@Injectable()
export class SealedColumns implements OnModuleInit {
  constructor(private readonly vault: Vault) {}

  onModuleInit(): void {
    this.vault.registerColumn(CREDENTIALS);
    this.vault.registerColumn(CLIENT_SECRETS);
    this.vault.registerColumn(PKCE_VERIFIERS);
    this.vault.registerColumn(REVOCATIONS);
    this.vault.registerColumn(SECRETS_OF_REVOCATIONS);
  }
}

interface CredentialColumns {
  readonly accountId: AccountId;
  readonly connectionId: ConnectionId;
  readonly slot: 'active' | 'pending';
  readonly version: number | string;
  readonly generation: number | string;
}

/** An access token, and a refresh token or none. */
const TOKENS: Packing = {
  offsets: ciphertextOffsets,
  unpack: (stored) => {
    const { accessToken, refreshToken } = unpackCredential(stored);
    return refreshToken === null ? [accessToken] : [accessToken, refreshToken];
  },
  pack: ([accessToken = Buffer.alloc(0), refreshToken = null]) => packCredential({ accessToken, refreshToken }),
};

const CREDENTIALS: SealedColumnParts<CredentialColumns> = {
  name: 'credentials',
  table: 'credentials',
  column: 'sealed',
  key: { account_id: 'text', slot: 'text' },
  joins: 'JOIN connected_accounts account ON account.tenant_id = held.tenant_id AND account.id = held.account_id',
  select: {
    accountId: 'held.account_id',
    connectionId: 'account.connection_id',
    slot: 'held.slot',
    version: 'held.version',
    generation: 'held.generation',
  },
  bindings: ({ accountId, connectionId, slot, version, generation }, tenantId) => {
    const account = { tenantId, id: accountId, connectionId };
    const place = { account, slot, version: Number(version), generation: Number(generation) };
    return [credentialBinding(place, 'access_token'), credentialBinding(place, 'credential')];
  },
  packing: TOKENS,
  forget: 'DELETE FROM credentials WHERE tenant_id = $1',
};

const CLIENT_SECRETS: SealedColumnParts<{ id: ConnectionId; version: number }> = {
  name: 'client_secrets',
  table: 'connections',
  column: 'client_secret_sealed',
  key: { id: 'text' },
  select: { id: 'held.id', version: 'held.secret_version' },
  bindings: ({ id, version }, tenantId) => [clientSecret(tenantId, id, version)],
  forget: `UPDATE connections SET client_secret_sealed = '' WHERE tenant_id = $1`,
};

const PKCE_VERIFIERS: SealedColumnParts<{ stateHash: Buffer; connectionId: ConnectionId }> = {
  name: 'pkce_verifiers',
  table: 'oauth_flows',
  column: 'pkce_verifier_sealed',
  key: { state_hash: 'bytea' },
  select: { stateHash: 'held.state_hash', connectionId: 'held.connection_id' },
  bindings: ({ stateHash, connectionId }, tenantId) => [pkceVerifier({ tenantId, connectionId, stateHash })],
  forget: 'UPDATE oauth_flows SET pkce_verifier_sealed = NULL WHERE tenant_id = $1',
};

interface RevocationColumns {
  readonly connectionId: ConnectionId;
  readonly boundTo: string;
  readonly version: number | string;
  readonly generation: number | string;
}

const FORGET_REVOCATIONS = `UPDATE upstream_revocations SET sealed = NULL, client_secret_sealed = NULL,
    last_error = CASE state WHEN 'pending' THEN 'tenant_shredded' ELSE last_error END,
    finished_at = coalesce(finished_at, now()), state = CASE state WHEN 'pending' THEN 'abandoned' ELSE state END
  WHERE tenant_id = $1`;

const REVOCATIONS: SealedColumnParts<RevocationColumns> = {
  name: 'upstream_revocations',
  table: 'upstream_revocations',
  column: 'sealed',
  key: { id: 'text' },
  select: {
    connectionId: 'held.connection_id',
    boundTo: 'held.bound_to',
    version: 'held.version',
    generation: 'held.generation',
  },
  bindings: ({ connectionId, boundTo, version, generation }, tenantId) => {
    const place = { tenantId, connectionId, boundTo, version: Number(version), generation: Number(generation) };
    return [revocationBinding(place, 'access_token'), revocationBinding(place, 'credential')];
  },
  packing: TOKENS,
  forget: FORGET_REVOCATIONS,
};

const SECRETS_OF_REVOCATIONS: SealedColumnParts<{ connectionId: ConnectionId; version: number }> = {
  name: 'client_secrets_of_revocations',
  table: 'upstream_revocations',
  column: 'client_secret_sealed',
  key: { id: 'text' },
  select: { connectionId: 'held.connection_id', version: 'held.secret_version' },
  bindings: ({ connectionId, version }, tenantId) => [clientSecret(tenantId, connectionId, version)],
  forget: FORGET_REVOCATIONS,
};
