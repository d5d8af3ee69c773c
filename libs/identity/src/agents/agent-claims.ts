import { SignJWT, errors, jwtVerify } from 'jose';
import { isId, type TenantId } from '#app/kernel';
import type { SigningKey } from '../signing-keys.js';

const ALGORITHM = 'RS256';
/** RFC 9068: so that no token of another kind, ours included, passes for one of these. */
const TYPE = 'at+jwt';

/** What a token of an agent says. Whether it still holds is not in it. */
export interface AgentClaims {
  readonly tenantId: TenantId;
  readonly tokenId: string;
  /** The end user, as the tenant names them. */
  readonly identifier: string;
  /** The URL that the token is for; it opens no other. */
  readonly audience: string;
  readonly scopes: readonly string[];
  /** OAuth client id of the application, or the API client that made the token. */
  readonly agent: string;
  /** The user's permission that the token rests on; null when the tenant's back end made it. */
  readonly grantId: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Signs a token that the tenant's back end asked for. `now` in milliseconds. */
export function signAgentToken(claims: AgentClaims, key: SigningKey, issuer: string, now: number): Promise<string> {
  return new SignJWT({ client_id: claims.agent, scope: claims.scopes.join(' '), tenant_id: claims.tenantId })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.kid })
    .setIssuer(issuer)
    .setSubject(claims.identifier)
    .setAudience(claims.audience)
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.floor(claims.expiresAt / 1000))
    .setJti(claims.tokenId)
    .sign(key.privateKey);
}

/**
 * Checks signature, issuer and type; null when the token is none of ours. Of one that has run out it still says whose it was: that
 * `expiresAt` has not come yet is for the caller to see, each time. `now` in milliseconds.
 */
export async function verifyAgentToken(
  token: string,
  key: SigningKey,
  issuer: string,
  now: number,
): Promise<AgentClaims | null> {
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      issuer,
      typ: TYPE,
      algorithms: [ALGORITHM],
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub', 'aud', 'jti', 'client_id', 'scope', 'tenant_id'],
    });
    return claimsOf(payload);
  } catch (error) {
    // The library looks at the time last
    return error instanceof errors.JWTExpired ? claimsOf(error.payload) : null;
  }
}

function claimsOf(payload: Readonly<Record<string, unknown>>): AgentClaims | null {
  const { sub, aud, exp, jti, scope, client_id: agent, tenant_id: tenantId, grant = null } = payload;
  const texts = [sub, aud, jti, scope, agent, tenantId].every((each) => typeof each === 'string');
  if (!texts || typeof exp !== 'number' || !isId('tenant', tenantId as string)) return null;
  if (grant !== null && typeof grant !== 'string') return null;
  return {
    tenantId: tenantId as TenantId,
    tokenId: jti as string,
    identifier: sub as string,
    audience: aud as string,
    scopes: (scope as string).split(' ').filter((each) => each !== ''),
    agent: agent as string,
    grantId: grant,
    expiresAt: exp * 1000,
  };
}
