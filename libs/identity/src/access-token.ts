import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { isId, type ClientId, type TenantId } from '#app/kernel';
import type { KnownClient } from './client-directory.js';
import { isClientId } from './client-id.js';
import type { SigningKey } from './signing-keys.js';

/** Seconds. As long as this because Scalekit's SDK can't renew a token in its proxy helper; what a token may do is read per call. */
export const TOKEN_LIFETIME = 86_400;
const ALGORITHM = 'RS256';

/** Whom a token identifies. What that client may do is not taken from the token. */
export interface TokenIdentity {
  readonly tenantId: TenantId;
  readonly clientId: ClientId;
  /** Names the client secret that the token was issued for. */
  readonly stamp: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Signs an access token for a client. `now` in milliseconds. */
export function signAccessToken(client: KnownClient, key: SigningKey, issuer: string, now: number): Promise<string> {
  const { clientId, permissions } = client.caller;
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({
    client_id: clientId,
    scopes: [...permissions],
    tenant_id: client.tenantId,
    secret_stamp: client.caller.secretStamp,
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: key.kid })
    .setIssuer(issuer)
    .setSubject(clientId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + TOKEN_LIFETIME)
    .setJti(randomUUID())
    .sign(key.privateKey);
}

/** The key id in a token's header, before anything is verified; null when it isn't a token of our kind. */
export function keyIdOf(token: string): string | null {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return alg === ALGORITHM && kid !== undefined ? kid : null;
  } catch {
    return null;
  }
}

/** Checks signature, issuer and time. Null when the token is not valid. `now` in milliseconds. */
export async function verifyAccessToken(
  token: string,
  key: SigningKey,
  issuer: string,
  now: number,
): Promise<TokenIdentity | null> {
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      issuer,
      algorithms: [ALGORITHM],
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub'],
    });
    const { sub, exp, tenant_id: tenantId, secret_stamp: stamp } = payload;
    if (sub === undefined || !isClientId(sub) || exp === undefined || typeof stamp !== 'string') return null;
    if (typeof tenantId !== 'string' || !isId('tenant', tenantId)) return null;
    return { tenantId, clientId: sub, stamp, expiresAt: exp * 1000 };
  } catch {
    return null;
  }
}
