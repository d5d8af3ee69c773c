import { ConnectFailure, ConnectFlowService, type CallbackMark } from '#app/oauth';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ConnectCookies } from './connect-cookies.js';
import { ConnectGuard, requestOf } from './connect.guard.js';
import { requestIdOf, single, type ConnectRequest } from './connect-request.js';

/** `GET /oauth/callback/{connection_id}`: spends the flow, and lets passport exchange the code. */
@Injectable()
export class CallbackGuard extends ConnectGuard {
  constructor(
    private readonly flows: ConnectFlowService,
    private readonly cookies: ConnectCookies,
  ) {
    super();
  }

  override async canActivate(host: ExecutionContext): Promise<boolean> {
    const request = requestOf(host);
    const visit = { requestId: requestIdOf(request), browser: this.cookies.readBrowser(request) };
    const mark = markOf(request);
    const code = single(request.query, 'code');
    const error = (request.query as { error?: unknown }).error;
    if (code !== null && error === undefined)
      return this.authenticate(host, { phase: 'callback', flows: this.flows, visit, mark, code });
    // passport-oauth2 would fail before it looks at the state, and the flow could be used again
    const spent = await this.flows.spend(visit, mark);
    return this.flows.refuse(visit, spent, failureOf(error));
  }
}

function markOf(request: ConnectRequest): CallbackMark {
  const { query } = request;
  const { connectionId } = request.params as { connectionId: string };
  const hasIssuer = (query as { iss?: unknown }).iss !== undefined;
  // An issuer that is repeated or empty matches none
  return { state: single(query, 'state'), connectionId, issuer: hasIssuer ? (single(query, 'iss') ?? '') : null };
}

function failureOf(error: unknown): ConnectFailure {
  if (error === undefined) return new ConnectFailure('code_missing');
  if (error === 'access_denied') return new ConnectFailure('consent_refused');
  const known = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error);
  return new ConnectFailure(
    'provider_refused',
    `The provider answered with the error ${known ? error : '(unreadable)'}`,
  );
}
