import type { AgentIssuer } from '#app/identity';
import { EgressClient, type EgressRequest } from '#app/egress';
import { AppError, Secret } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';

/** What of an issuer's metadata is used. */
export interface IssuerMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

/** A sign-in at an issuer, on its way back. */
export interface IssuerAnswer {
  readonly code: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

const LIMITS = { timeoutMs: 5_000, maxResponseBytes: 256 * 1024 };
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'RS512', 'ES384'];

/** Talks to a tenant's OpenID Connect issuer. Its address is the tenant's choice, so everything goes through the egress guard. */
@Injectable()
export class IssuerRequests {
  constructor(private readonly egress: EgressClient) {}

  async metadata(issuer: string): Promise<IssuerMetadata> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = (await this.json({ url: new URL(url), method: 'GET' })) as unknown as IssuerMetadata;
    const endpoints = [found.authorization_endpoint, found.token_endpoint, found.jwks_uri];
    if (found.issuer !== issuer || !endpoints.every((each) => isOnTheWeb(each, issuer)))
      throw unusable('its metadata is of another issuer, or incomplete');
    return found;
  }

  /** The claims of the id token that the code is worth, verified. */
  async redeem({ issuer, clientId }: AgentIssuer, answer: IssuerAnswer): Promise<JWTPayload> {
    const metadata = await this.metadata(issuer);
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      code: new Secret(answer.code),
      code_verifier: new Secret(answer.verifier),
      redirect_uri: answer.redirectUri,
    };
    const url = new URL(metadata.token_endpoint);
    const tokens = await this.json({ url, method: 'POST', body: { form }, answersWithCredentials: true });
    const keys = (await this.json({ url: new URL(metadata.jwks_uri), method: 'GET' })) as unknown as JSONWebKeySet;
    return verified(String(tokens['id_token']), keys, { issuer, clientId, nonce: answer.nonce });
  }

  private async json(
    request: Pick<EgressRequest, 'method' | 'body' | 'answersWithCredentials'> & { url: URL },
  ): Promise<Record<string, unknown>> {
    const { url } = request;
    const allowedHosts = [url.port === '' ? url.hostname : url.host];
    try {
      const headers = { accept: 'application/json' };
      const { status, body } = await this.egress.send({ ...request, headers, allowedHosts, ...LIMITS });
      if (status !== 200) throw unusable(`it answered ${status}`);
      return JSON.parse(body.toString()) as Record<string, unknown>;
    } catch (error) {
      throw error instanceof AppError ? error : unusable('it could not be reached, or answered no JSON', error);
    }
  }
}

/** The browser of a user is sent there as it stands. Without encryption only where the issuer itself is reached without it. */
const isOnTheWeb = (address: unknown, issuer: string): boolean => {
  if (typeof address !== 'string' || !URL.canParse(address)) return false;
  const { protocol } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && issuer.startsWith('http:'));
};

async function verified(
  idToken: string,
  keys: JSONWebKeySet,
  { issuer, clientId, nonce }: { issuer: string; clientId: string; nonce: string },
): Promise<JWTPayload> {
  try {
    const options = { issuer, audience: clientId, algorithms: ALGORITHMS, requiredClaims: ['exp', 'sub', 'nonce'] };
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), options);
    if (payload['nonce'] === nonce) return payload;
  } catch (error) {
    throw unusable('its id token is not valid', error);
  }
  throw unusable('its id token is for another sign-in');
}

const unusable = (internal: string, cause?: unknown): AppError =>
  new AppError('not_available', 'The issuer at which users sign in could not be used.', { internal, cause });
