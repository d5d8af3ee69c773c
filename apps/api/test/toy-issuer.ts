import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair, type JWK, type JWTPayload } from 'jose';

/** An OpenID Connect issuer at which dora is always signed in. */
export class ToyIssuer {
  url = '';
  redirectUri = '';
  /** What its id tokens say other than they should. */
  says: JWTPayload & { email_verified?: boolean } = {};
  /** Shows where it would send the browser, instead of sending it. */
  hold = false;
  /** Sends the browser there instead of answering, with the state that it came with. */
  sendsOnTo: string | null = null;
  /** Where it says that users sign in, other than they should. */
  authorizeUrl: string | null = null;
  /** The issuer that it says it is when it answers; null when it does not say. */
  answersAs: string | null = null;
  /** The codes that were brought to it. */
  readonly redeemed: string[] = [];
  private readonly codes = new Map<string, URLSearchParams>();

  private constructor(
    private readonly server: Server,
    private readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'],
    private readonly publicJwk: JWK,
  ) {}

  static async start(): Promise<ToyIssuer> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const server = createServer((request, response) => void issuer.answer(request, response));
    const issuer = new ToyIssuer(server, privateKey, { ...(await exportJWK(publicKey)), kid: 'toy', alg: 'ES256' });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return issuer;
  }

  stop(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return this.json(response, {
          issuer: this.url,
          authorization_endpoint: this.authorizeUrl ?? `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
          jwks_uri: `${this.url}/jwks`,
        });
      case '/jwks':
        return this.json(response, { keys: [this.publicJwk] });
      case '/authorize':
        return this.authorize(url.searchParams, response);
      default:
        return this.redeem(new URLSearchParams(await textOf(request)), response);
    }
  }

  private authorize(params: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID();
    const state = params.get('state') ?? '';
    if (this.sendsOnTo !== null) {
      const onward = new URL(this.sendsOnTo);
      onward.searchParams.set('state', state);
      return void response.writeHead(302, { location: onward.href }).end();
    }
    this.codes.set(code, params);
    const answer = { code, state, ...(this.answersAs === null ? {} : { iss: this.answersAs }) };
    const target = `${this.redirectUri}?${new URLSearchParams(answer).toString()}`;
    const exact = params.get('redirect_uri') === this.redirectUri && params.get('client_id') === 'gatehouse';
    if (!exact) response.writeHead(400).end();
    else if (this.hold) response.end(target);
    else response.writeHead(302, { location: target }).end();
  }

  private async redeem(form: URLSearchParams, response: ServerResponse): Promise<void> {
    this.redeemed.push(form.get('code') ?? '');
    const asked = this.codes.get(form.get('code') ?? '');
    this.codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (asked?.get('code_challenge') !== challenge) return void response.writeHead(400).end();
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.url,
      aud: 'gatehouse',
      sub: 'subject-7',
      email: 'dora@example.com',
      email_verified: true,
      nonce: asked.get('nonce') ?? '',
      iat: now,
      exp: now + 60,
      ...this.says,
    };
    const idToken = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'toy' }).sign(this.privateKey);
    return this.json(response, { access_token: 'unused', token_type: 'Bearer', id_token: idToken });
  }

  private json(response: ServerResponse, body: object): void {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
