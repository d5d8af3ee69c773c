import { Secret } from '#app/kernel';
import type { SpentFlow, TokenGrant } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import OAuth2Strategy from 'passport-oauth2';
import type { ConnectPhase, Granted } from './connect-request.js';

export const CONNECTION_STRATEGY = 'connection';

type Authorize = Extract<ConnectPhase, { phase: 'authorize' }>;
type Callback = Extract<ConnectPhase, { phase: 'callback' }>;
type Done<Result extends unknown[]> = (error: unknown, ...result: Result | []) => void;

/** passport-oauth2 wants these; the inner strategies bring the real ones, or none is used. */
const UNUSED = 'https://unused.invalid/';
const PLACEHOLDERS = {
  authorizationURL: UNUSED,
  tokenURL: UNUSED,
  clientID: 'unused',
  clientSecret: '',
  callbackURL: UNUSED,
};

/**
 * OAuth 2.0 with as many clients as there are connections: registered once under a name, and for each request an inner strategy
 * with that request's client, whose state store and code exchange are ours.
 *
 * The casts stand here and nowhere else: the published types know neither the five-argument store nor the actions that passport
 * puts onto a strategy per request. Argument lists must not be shortened or get defaults, since passport-oauth2 chooses the
 * form of a call by `function.length`.
 */
@Injectable()
export class ConnectionStrategy extends PassportStrategy(OAuth2Strategy, CONNECTION_STRATEGY) {
  constructor() {
    super(PLACEHOLDERS);
  }

  override authenticate(_request: unknown, options: ConnectPhase): void {
    const inner = options.phase === 'authorize' ? authorizeStrategy(options) : callbackStrategy(options);
    const { success, fail, redirect, error, pass } = this as unknown as Record<string, unknown>;
    Object.assign(inner, { success, fail, redirect, error, pass });
    // A `code` in the query of the start page would turn the strategy into its callback half
    const query = options.phase === 'authorize' ? {} : { code: options.code, state: options.mark.state ?? '' };
    inner.authenticate({ query } as never, {});
  }

  /** Part of Nest's contract; the inner strategies verify. */
  validate(): never {
    throw new Error('The outer strategy verifies nothing');
  }
}

function authorizeStrategy({ flows, visit, opened }: Authorize): OAuth2Strategy {
  const { app } = opened;
  const { authorize } = app.connector.auth;
  const store = {
    store(
      _request: unknown,
      verifier: string | undefined,
      _state: unknown,
      _meta: unknown,
      done: Done<[string]>,
    ): void {
      const begin = async (): Promise<[string]> => [
        await flows.begin(visit, opened, verifier === undefined ? null : new Secret(verifier)),
      ];
      void settle(begin(), done);
    },
  };
  const inner = new OAuth2Strategy(
    {
      ...PLACEHOLDERS,
      authorizationURL: app.authorizeUrl.href,
      clientID: app.connection.oauthClientId,
      callbackURL: app.redirectUri,
      pkce: authorize.pkce === 'S256',
      store: store as never,
    },
    () => undefined,
  );
  const scope =
    authorize.scopeParam === null ? {} : { [authorize.scopeParam]: app.scopes.join(authorize.scopeSeparator) };
  inner.authorizationParams = () => ({ ...authorize.params, ...scope });
  return inner;
}

function callbackStrategy({ flows, visit, mark }: Callback): OAuth2Strategy {
  let spent: SpentFlow;
  const store = {
    verify(_request: unknown, _state: string, _meta: unknown, done: Done<[true, SpentFlow]>): void {
      const spend = async (): Promise<[true, SpentFlow]> => [true, (spent = await flows.spend(visit, mark))];
      void settle(spend(), done);
    },
  };
  const verify = (
    _token: unknown,
    _refresh: unknown,
    grant: TokenGrant,
    _profile: unknown,
    done: Done<[Granted]>,
  ): void => done(null, { visit, spent, grant });
  const options = { ...PLACEHOLDERS, store: store as never, skipUserProfile: true };
  const inner = new OAuth2Strategy(options, verify as never);
  // In the place of the exchange of the package `oauth`: no time limit, no choice of client authentication, no egress policy.
  // The PKCE verifier is part of the spent flow, so it never passes through passport.
  const exchange = (code: string, _params: unknown, done: Done<[Secret, null, TokenGrant]>): void => {
    const run = async (): Promise<[Secret, null, TokenGrant]> => {
      const grant = await flows.exchange(visit, spent, new Secret(code));
      return [grant.accessToken, null, grant];
    };
    void settle(run(), done);
  };
  Object.assign((inner as unknown as { _oauth2: object })._oauth2, { getOAuthAccessToken: exchange });
  return inner;
}

/** Ends a callback of passport with what a promise comes to. */
async function settle<Result extends unknown[]>(work: Promise<Result>, done: Done<Result>): Promise<void> {
  let result: Result;
  try {
    result = await work;
  } catch (error) {
    return done(error);
  }
  return done(null, ...result);
}
