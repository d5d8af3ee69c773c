import type { ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { CapturedResponse } from './captured-response.js';
import type { ConnectPhase, ConnectRequest } from './connect-request.js';
import { CONNECTION_STRATEGY } from './connection.strategy.js';

/** Runs passport for one phase of the flow, with a response that only records what passport wants to send. */
export abstract class ConnectGuard extends AuthGuard(CONNECTION_STRATEGY) {
  /** Comes back when passport has either sent the browser on, or put what was granted on the request. Throws what failed. */
  protected async authenticate(host: ExecutionContext, phase: ConnectPhase): Promise<true> {
    const captured = new CapturedResponse();
    requestOf(host).connect = { phase, captured };
    await Promise.race([super.canActivate(host), captured.ended]);
    return true;
  }

  getResponse(host: ExecutionContext): CapturedResponse {
    const { connect } = requestOf(host);
    if (connect === undefined) throw new Error('The connect guard has not prepared this request');
    return connect.captured;
  }

  override getAuthenticateOptions(host: ExecutionContext): object {
    return { ...requestOf(host).connect?.phase, session: false, property: 'granted' };
  }

  /** passport-oauth2 wraps what the code exchange throws. */
  override handleRequest<User>(error: unknown, user: User): User {
    if (error) throw (error as { oauthError?: unknown }).oauthError ?? error;
    if (!user) throw new Error('passport ended without a grant and without an error');
    return user;
  }
}

export const requestOf = (host: ExecutionContext): ConnectRequest => host.switchToHttp().getRequest<ConnectRequest>();
