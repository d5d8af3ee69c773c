import { createHash, createHmac } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { AgentIssuersService, OAuthServerRecords } from '#app/identity';
import { isId, type TenantId } from '#app/kernel';
import { newOpaqueToken } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { IssuerRequests } from './issuer-requests.js';
import { signInCallbackOf } from './oauth-paths.js';

const LEFT = 'IssuerSignIn';
const CAME_BACK = 'IssuerAnswer';
const GOOD_FOR_MS = 10 * 60_000;

/** One browser in one authorization. */
export interface SignInPlace {
  readonly signIn: string;
  readonly browser: string;
}

/** What a browser brings back from an issuer. */
export interface Return {
  readonly state: string;
  readonly code: string;
  /** Which issuer it says it comes from (RFC 9207); null when it does not say. */
  readonly issuer: string | null;
  /** Whose address it came to. */
  readonly tenantId: string;
  readonly browser: string;
}

/**
 * Lets a user sign in at the tenant's own issuer (code flow with PKCE). What must stay secret on the way, the verifier and the nonce,
 * follows from the browser's cookie, so that nothing of it is stored, and no other browser can finish what this one began.
 */
@Injectable()
export class IssuerSignIn {
  constructor(
    private readonly issuers: AgentIssuersService,
    private readonly requests: IssuerRequests,
    private readonly records: OAuthServerRecords,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Host of the issuer at which this tenant's users sign in; null when there is none. */
  async hostFor(tenantId: TenantId): Promise<string | null> {
    const found = await this.issuers.find(tenantId);
    return found === null ? null : new URL(found.issuer).host;
  }

  /** Where the browser goes. */
  async leave(tenantId: TenantId, { signIn, browser }: SignInPlace): Promise<string | null> {
    const found = await this.issuers.find(tenantId);
    if (found === null) return null;
    const { authorization_endpoint: endpoint } = await this.requests.metadata(found.issuer);
    const state = newOpaqueToken();
    const payload = { signIn, tenantId };
    await this.records.save(LEFT, state, { payload, grantId: null, uid: null, lifetimeMs: GOOD_FOR_MS });
    const target = new URL(endpoint);
    const challenge = createHash('sha256')
      .update(secretOf('verifier', browser, state))
      .digest('base64url');
    for (const [name, value] of Object.entries({
      response_type: 'code',
      client_id: found.clientId,
      redirect_uri: this.redirectUri(tenantId),
      scope: 'openid email profile',
      state,
      nonce: secretOf('nonce', browser, state),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }))
      target.searchParams.set(name, value);
    return target.href;
  }

  /** The sign-in to which the user came back, signed in; null when it did not end well. Throws when the issuer can't be used. */
  async comeBack({ state, code, issuer, tenantId: of, browser }: Return): Promise<string | null> {
    const left = await this.records.find(LEFT, state);
    if (left === null || code === '') return null;
    const { signIn, tenantId } = left.payload as { signIn: string; tenantId: string };
    if (tenantId !== of || !isId('tenant', tenantId) || !(await this.records.consume(LEFT, state))) return null;
    const found = await this.issuers.find(tenantId);
    if (found === null || (issuer !== null && issuer !== found.issuer)) return null;
    const [verifier, nonce] = [secretOf('verifier', browser, state), secretOf('nonce', browser, state)];
    const redirectUri = this.redirectUri(tenantId);
    const claims = await this.requests.redeem(found, { code, verifier, nonce, redirectUri });
    const identifier = identifierIn(claims, found.identifierClaim);
    if (identifier === null) return null;
    const record = { payload: { identifier }, grantId: null, uid: null, lifetimeMs: GOOD_FOR_MS };
    await this.records.save(CAME_BACK, placeOf({ signIn, browser }), record);
    return signIn;
  }

  /** Who came back to this sign-in in this browser, once. */
  async arrived(place: SignInPlace): Promise<string | null> {
    const record = await this.records.find(CAME_BACK, placeOf(place));
    if (record === null || !(await this.records.consume(CAME_BACK, placeOf(place)))) return null;
    return String(record.payload['identifier']);
  }

  private redirectUri(tenantId: TenantId): string {
    return this.config.http.publicUrl + signInCallbackOf(tenantId);
  }
}

const secretOf = (use: string, browser: string, state: string): string =>
  createHmac('sha256', browser).update(`${use} ${state}`).digest('base64url');

const placeOf = ({ signIn, browser }: SignInPlace): string => `${signIn} ${browser}`;

/** An address that nobody has verified is anybody's to claim. */
function identifierIn(claims: JWTPayload, claim: string): string | null {
  const value = claims[claim];
  if (typeof value !== 'string' || !/^[^\p{C}]{1,100}$/u.test(value)) return null;
  return claim === 'email' && claims['email_verified'] !== true ? null : value;
}
