import { ConnectorFailure, parseTokenResponse } from '#app/connector-kit';
import { EgressClient, EgressError, redactorOf, type EgressResponse } from '#app/egress';
import { Secret, type JsonObject, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { ConnectFailure } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';
import {
  MAX_TOKEN_ANSWER_BYTES,
  readTokenAnswer,
  renderTokenRequest,
  type RenderedTokenRequest,
  type TokenFields,
} from './token-request.js';
import type { Tokens } from '../credentials/credential-seals.js';
import { OAuthSettings } from '../oauth-settings.js';
import { ProviderApps, type ProviderApp } from '../connections/provider-apps.js';

/** What the provider issued for a code. */
export interface TokenGrant extends Tokens {
  readonly expiresAt: Date | null;
  readonly grantedScopes: readonly string[];
  /** Parameters that the token answer told (an instance URL), to be kept with the account. */
  readonly params: JsonObject;
}

/** What a code is exchanged with. */
export interface CodeProof {
  readonly code: Secret;
  /** Null where the provider does not support PKCE. */
  readonly verifier: Secret | null;
}

interface RenderedExchange extends RenderedTokenRequest {
  readonly secrets: readonly Secret[];
}

/**
 * Exchanges a code for tokens: one request, never repeated, since a code works once. In the place of the exchange that
 * passport-oauth2 brings along, which has no time limit and always sends the client's secret in the body.
 */
@Injectable()
export class TokenExchange {
  constructor(
    private readonly apps: ProviderApps,
    private readonly egress: EgressClient,
    private readonly settings: OAuthSettings,
    private readonly times: ConnectTimes,
  ) {}

  /** Throws {@link ConnectFailure}. */
  async exchange(ctx: RequestContext, app: ProviderApp, proof: CodeProof): Promise<TokenGrant> {
    const rendered = await this.render(ctx, app, proof);
    const response = await this.send(app, rendered);
    if (response.status < 200 || response.status > 299) throw refusal(response);
    return this.parse(app, readJson(response), rendered.secrets);
  }

  private async send(app: ProviderApp, { headers, body }: RenderedExchange): Promise<EgressResponse> {
    try {
      return await this.egress.send({
        url: app.tokenUrl,
        method: 'POST',
        headers,
        body,
        allowedHosts: app.allowedHosts,
        timeoutMs: this.settings.exchangeTimeoutMs,
        maxResponseBytes: MAX_TOKEN_ANSWER_BYTES,
        answersWithCredentials: true,
      });
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      const code = error.kind === 'timeout' ? 'exchange_timeout' : 'exchange_failed';
      throw new ConnectFailure(code, error.message, { cause: error });
    }
  }

  private async render(ctx: RequestContext, app: ProviderApp, proof: CodeProof): Promise<RenderedExchange> {
    const { token } = app.connector.auth;
    const clientId = app.connection.oauthClientId;
    const clientSecret = await this.apps.clientSecret(ctx, app);
    const rendered = renderTokenRequest(token, token.headers, { clientId, clientSecret }, codeFields(app, proof));
    const secrets = [clientSecret, proof.code, ...(proof.verifier === null ? [] : [proof.verifier])];
    return { ...rendered, secrets };
  }

  /** The answer of a success comes as it is and may repeat every secret, so nothing of it but the tokens goes on unredacted. */
  private parse({ connector, scopes }: ProviderApp, json: unknown, sent: readonly Secret[]): TokenGrant {
    try {
      const tokens = parseTokenResponse(connector, json);
      const accessToken = new Secret(tokens.accessToken);
      const refreshToken = tokens.refreshToken === null ? null : new Secret(tokens.refreshToken);
      const redact = redactorOf([...sent, accessToken, ...(refreshToken === null ? [] : [refreshToken])]);
      return {
        accessToken,
        refreshToken,
        expiresAt: tokens.expiresInSeconds === null ? null : this.times.after(tokens.expiresInSeconds * 1000),
        // RFC 6749 section 5.1: an answer without scopes grants those that were asked for
        grantedScopes: tokens.scopes?.map(redact) ?? scopes,
        params: tokens.params,
      };
    } catch (error) {
      if (!(error instanceof ConnectorFailure)) throw error;
      // Without the failure as its cause, which would be logged along with it
      throw new ConnectFailure('exchange_failed', redactorOf(sent)(error.message));
    }
  }
}

function codeFields({ connector, redirectUri }: ProviderApp, { code, verifier }: CodeProof): TokenFields {
  return {
    ...connector.auth.token.extra,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...(verifier === null ? {} : { code_verifier: verifier }),
  };
}

function readJson(response: EgressResponse): unknown {
  const json = readTokenAnswer(response);
  if (json === undefined) throw new ConnectFailure('exchange_failed', 'The token endpoint did not answer with JSON');
  return json;
}

const APP_ERRORS = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_request']);

/**
 * Whose fault is it? Most often the code was refused, and the user can try again. When the provider names the app (its secret,
 * its redirect URI), or fails itself, trying again will not help.
 */
function refusal({ status, body }: EgressResponse): ConnectFailure {
  const error = /"error"\s*:\s*"([a-z_]{1,40})"/.exec(body.toString('utf8', 0, 2000))?.[1] ?? '';
  const aboutCode = (status === 400 || status === 401) && !APP_ERRORS.has(error);
  return new ConnectFailure(
    aboutCode ? 'code_refused' : 'exchange_failed',
    `The token endpoint answered ${status} ${error}`.trim(),
  );
}
