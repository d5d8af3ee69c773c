import { ConnectorFailure, headerWaitMs, parseTokenResponse, resolveAuthUrls } from '#app/connector-kit';
import { EgressClient, EgressError, redactorOf, type EgressRequest, type EgressResponse } from '#app/egress';
import { CLOCK, Secret, type Clock, type Json, type JsonObject } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import {
  MAX_TOKEN_ANSWER_BYTES,
  readTokenAnswer,
  renderTokenRequest,
  type TokenFields,
} from '../connect/token-request.js';
import type { Tokens } from '../credentials/credential-seals.js';
import type { Material } from './refresh-material.js';
import { RefreshTimings } from './refresh-timings.js';

/** What the provider issued for a refresh token. */
export interface RefreshGrant extends Tokens {
  readonly issuedAt: Date;
  readonly expiresAt: Date | null;
  /** Null when the answer does not say: then they are the same as before (RFC 6749, section 5.1). */
  readonly grantedScopes: readonly string[] | null;
  readonly params: JsonObject;
}

export type RefreshAnswer =
  | { readonly kind: 'issued'; readonly grant: RefreshGrant }
  /** An answer that says that no token was issued, and whether one ever will be. */
  | { readonly kind: 'dead_grant'; readonly code: string }
  | { readonly kind: 'app_refused' | 'outage'; readonly code: string; readonly retryAfterMs: number | null }
  /** The token never left this machine. */
  | { readonly kind: 'not_sent'; readonly code: string }
  /** The provider may have spent the token, and what it answered is lost. */
  | { readonly kind: 'no_answer'; readonly code: string };

/** A request that is ready to leave: whatever could go wrong before that has not. */
export interface PreparedRedemption {
  readonly material: Material;
  readonly request: Omit<EgressRequest, 'mayLeave'>;
}

/** Answers of somebody in front of the token endpoint, behind which it may have done its work. */
const UNCLEAR_STATUSES = new Set([408, 502, 504]);

/** Redeems a refresh token: one request, never repeated here. */
@Injectable()
export class RefreshRequest {
  constructor(
    private readonly egress: EgressClient,
    private readonly timings: RefreshTimings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  prepare(material: Material): PreparedRedemption {
    const { app, account, settings, clientSecret } = material;
    const { connector, connection } = app;
    const params = { ...connection.params, ...account.params };
    const { refreshUrl, tokenUrl } = resolveAuthUrls(connector, params, connection.endpoints);
    const credentials = { clientId: connection.oauthClientId, clientSecret };
    const request = {
      url: refreshUrl ?? tokenUrl,
      method: 'POST',
      ...renderTokenRequest(connector.auth.token, settings.headers, credentials, refreshFields(material)),
      allowedHosts: app.allowedHosts,
      timeoutMs: this.timings.requestTimeoutMs,
      maxResponseBytes: MAX_TOKEN_ANSWER_BYTES,
      answersWithCredentials: true,
    };
    return { material, request };
  }

  /** @param mayLeave asked in the very tick in which the request is written */
  async redeem({ material, request }: PreparedRedemption, mayLeave: () => boolean): Promise<RefreshAnswer> {
    try {
      return this.read(material, await this.egress.send({ ...request, mayLeave }));
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      if (!error.sent) return { kind: 'not_sent', code: error.kind };
      return error.kind === 'redirect'
        ? { kind: 'outage', code: error.kind, retryAfterMs: null }
        : { kind: 'no_answer', code: error.kind };
    }
  }

  private read(material: Material, response: EgressResponse): RefreshAnswer {
    const { settings, refreshToken, clientSecret } = material;
    const { status, headers } = response;
    const json = readTokenAnswer(response);
    const redact = redactorOf([clientSecret, refreshToken]);
    const verdict = settings.judge({ status, headers, body: (json ?? null) as Json, redact });
    if (verdict !== null) {
      if (verdict === 'outage' && UNCLEAR_STATUSES.has(status)) return { kind: 'no_answer', code: `http_${status}` };
      const code = errorCode(json) ?? `http_${status}`;
      if (verdict === 'dead_grant') return { kind: verdict, code };
      const retryAfterMs = headerWaitMs(headers, { retryAfter: 'retry-after' }, this.clock.now());
      return { kind: verdict, code, retryAfterMs };
    }
    return this.issued(material, json);
  }

  /** A success that can't be read may have spent the token. */
  private issued({ app, settings, refreshToken: sent, clientSecret }: Material, json: unknown): RefreshAnswer {
    try {
      const tokens = parseTokenResponse(app.connector, json, settings);
      const accessToken = new Secret(tokens.accessToken);
      const refreshToken = tokens.refreshToken === null ? null : new Secret(tokens.refreshToken);
      const redact = redactorOf([clientSecret, sent, accessToken, ...(refreshToken === null ? [] : [refreshToken])]);
      const now = this.clock.now();
      const life = tokens.expiresInSeconds;
      const grant = {
        accessToken,
        refreshToken,
        issuedAt: new Date(now),
        expiresAt: life === null ? null : new Date(now + life * 1000),
        grantedScopes: tokens.scopes?.map(redact) ?? null,
        params: tokens.params,
      };
      return { kind: 'issued', grant };
    } catch (error) {
      if (!(error instanceof ConnectorFailure)) throw error;
      return { kind: 'no_answer', code: 'unreadable' };
    }
  }
}

function refreshFields({ app, account, settings, refreshToken }: Material): TokenFields {
  const { scopeParam, extra } = settings;
  const scope = account.grantedScopes.join(app.connector.auth.authorize.scopeSeparator);
  return {
    ...extra,
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...(scopeParam === null || scope === '' ? {} : { [scopeParam]: scope }),
  };
}

/** Of the provider's words only its error code is kept, and only if it looks like one. */
function errorCode(json: unknown): string | null {
  const error = (json as { error?: unknown } | null | undefined)?.error;
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : null;
}
