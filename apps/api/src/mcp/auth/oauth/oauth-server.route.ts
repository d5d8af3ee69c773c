import { APP_CONFIG, type AppConfig } from '#app/config';
import type { RequestId } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { answerProof, isAnswerProof, isOpaqueToken, newOpaqueToken } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { commonHeaders } from '../../../request-log.js';
import { CONTENT_SECURITY_POLICY, FORM_PAGE_POLICY, documentOf } from '../../../rest/connect/page.js';
import { guarded } from '../../../rest/connect/pages.js';
import { registrationOf } from './client-metadata.js';
import { ConnectedApps } from './connected-apps.js';
import { GrantExtension } from './grant-extension.js';
import { FIELDS, renderReturn } from './interaction-pages.js';
import { Interactions, type Visit } from './interactions.js';
import { IssuerSignIn } from './issuer-sign-in.js';
import { DISCOVERY_PATHS, INTERACTION_PATH, OAUTH_PATHS, SIGN_IN_CALLBACK, APPS_PATH } from './oauth-paths.js';
import { logFailure, passes } from './oauth-failures.js';
import { OAuthServer } from './oauth-server.js';
import { rebuiltRequest } from './rebuilt-request.js';
import { SignInFirst } from './sign-in-first.js';
import { RegistrationLimit } from './registration-limit.js';
import { pagesCookie } from './way-back.js';

const BODY_LIMIT = 32 * 1024;
const HOUR = 3600;

/** The OAuth server's addresses on our own port: the protocol is the library's business, the pages are ours. */
@Injectable()
export class OAuthServerRoute {
  private readonly publicUrl: URL;
  private readonly cookie: string;

  constructor(
    private readonly server: OAuthServer,
    private readonly interactions: Interactions,
    private readonly issuer: IssuerSignIn,
    private readonly apps: ConnectedApps,
    private readonly extension: GrantExtension,
    private readonly limit: RegistrationLimit,
    private readonly first: SignInFirst,
    @Inject(APP_CONFIG) config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.publicUrl = new URL(config.http.publicUrl);
    this.cookie = pagesCookie(config.http.publicUrl);
  }

  /** Requests of the protocol. */
  async protocol(request: FastifyRequest, reply: FastifyReply, body?: string): Promise<void> {
    // Loaded before the reply is taken out of Fastify's hands, so that a failure is answered like any other
    await this.server.get();
    reply.hijack();
    // The library has pages of its own (`response_mode=form_post`), and what it answers may hold a code
    const headers = { ...commonHeaders(request.id), 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' };
    for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
    await this.server.answer(rebuiltRequest(request, this.publicUrl, body), reply.raw);
  }

  async register(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    void reply.header('access-control-allow-origin', '*').header('cache-control', 'no-store');
    const body = objectIn(request.body);
    if (body === null) return refuse(reply, 400, 'invalid_client_metadata', 'Send the metadata as a JSON object.');
    if (!(await this.limit.allows(request.ip))) {
      void reply.header('retry-after', '60');
      return refuse(reply, 429, 'temporarily_unavailable', 'Too many registrations. Try again in a minute.');
    }
    reply.raw.setHeader('access-control-allow-origin', '*');
    return this.protocol(request, reply, JSON.stringify(registrationOf(body)));
  }

  /** Our pages of an authorization. */
  async interaction(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const provider = await this.server.get();
    const interaction = await provider
      .interactionDetails(rebuiltRequest(request, this.publicUrl), reply.raw)
      .catch(() => null);
    const { uid } = request.params as { uid: string };
    if (interaction === null || interaction.uid !== uid) return this.page(reply, 400, EXPIRED);
    const browser = this.browserOf(request, reply);
    const form = formOf(request);
    if (form !== null && !isAnswerProof(form.get(FIELDS.proof), browser, uid)) return this.page(reply, 403, EXPIRED);
    const onward = this.first.onwardOf(request);
    const visit: Visit = {
      requestId: request.id as RequestId,
      browser,
      proof: answerProof(browser, uid),
      form,
      onward,
    };
    const step = await this.interactions.step(provider, interaction, visit);
    if (step === null) return this.page(reply, 400, EXPIRED);
    if ('page' in step) return this.page(reply, 200, step.page, FORM_PAGE_POLICY);
    return this.page(reply, 200, renderReturn(step.target));
  }

  /** A user comes back from the tenant's issuer, and goes on in the authorization that they left. */
  async signInCallback(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const browser = this.browserOf(request, reply);
    const { tenant: tenantId } = request.params as { tenant: string };
    const query = request.query as Record<string, unknown>;
    const [state, code] = [textIn(query, 'state'), textIn(query, 'code')];
    const issuer = 'iss' in query ? textIn(query, 'iss') : null;
    const signIn = await this.issuer.comeBack({ state, code, issuer, tenantId, browser }).catch((error: unknown) => {
      this.logger.warn(
        { err: error, request_id: request.id },
        'A user could not be signed in at the issuer of the tenant',
      );
      return null;
    });
    if (signIn === null) return this.page(reply, 400, NOT_SIGNED_IN);
    void guarded(reply).redirect(`${INTERACTION_PATH}/${signIn}`, 303);
  }

  /** The page on which users end what they have allowed. */
  async connectedApps(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const user = await this.server.signedIn(rebuiltRequest(request, this.publicUrl), reply.raw);
    if (user === null) return this.page(reply, 401, SIGN_IN_FIRST);
    const browser = this.browserOf(request, reply);
    const html = await this.apps.visit(user, { requestId: request.id as RequestId, browser, form: formOf(request) });
    return this.page(reply, 200, html, FORM_PAGE_POLICY);
  }

  /** The page on which a user allows an application more. */
  async grant(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const user = await this.server.signedIn(rebuiltRequest(request, this.publicUrl), reply.raw);
    const browser = this.browserOf(request, reply);
    const { grant: grantId } = request.params as { grant: string };
    const visit = { requestId: request.id as RequestId, grantId, browser, form: formOf(request), user };
    const step = await this.extension.visit(visit, reply);
    if ('target' in step) return void guarded(reply).redirect(step.target, 303);
    return this.page(reply, step.status, step.page, FORM_PAGE_POLICY);
  }

  /** What goes wrong here is between a browser or an application and us: neither can do anything with a reason. */
  failed(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    logFailure(this.logger, error, request.id);
    if (reply.sent) return;
    if (passes(error)) {
      void reply.header('retry-after', '5');
      return refuse(reply, 503, 'temporarily_unavailable', `Not available for the moment. Try again; ${request.id}.`);
    }
    refuse(reply, 500, 'server_error', `Something went wrong on our side. Quote ${request.id} when you report it.`);
  }

  /** Recognises the browser that a page was shown to, so that no other site can send its form. */
  private browserOf(request: FastifyRequest, reply: FastifyReply): string {
    const known = request.cookies[this.cookie];
    const browser = isOpaqueToken(known) ? known : newOpaqueToken();
    const secure = this.publicUrl.protocol === 'https:';
    void reply.setCookie(this.cookie, browser, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: HOUR });
    return browser;
  }

  private page(reply: FastifyReply, status: number, html: string, policy = CONTENT_SECURITY_POLICY): void {
    void guarded(reply, policy).status(status).header('content-type', 'text/html; charset=utf-8').send(html);
  }
}

const EXPIRED = documentOf({
  title: 'This page has expired',
  mood: 'bad',
  body: '<p>Nothing was allowed. Go back to the application and start again, in this browser.</p>',
});

const SIGN_IN_FIRST = documentOf({
  title: 'You are not signed in',
  mood: 'plain',
  body: '<p>Sign in to this server from one of your applications, and then open this page again in the same browser.</p>',
});

const formOf = ({ method, body }: FastifyRequest): URLSearchParams | null =>
  method === 'POST' ? new URLSearchParams(String(body)) : null;

/** Empty when it is missing or repeated: that matches nothing. */
const textIn = (query: Readonly<Record<string, unknown>>, name: string): string => {
  const value = query[name];
  return typeof value === 'string' ? value : '';
};

const NOT_SIGNED_IN = documentOf({
  title: 'You could not be signed in',
  mood: 'bad',
  body: '<p>The sign-in did not end well, or it was begun in another browser. Go back to the application and start again.</p>',
});

const refuse = (reply: FastifyReply, status: number, error: string, description: string): void =>
  void reply.status(status).header('cache-control', 'no-store').send({ error, error_description: description });

function objectIn(body: unknown): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(String(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Bodies stay texts: the library parses them by its own rules. */
export function serveOAuth(fastify: FastifyInstance, route: () => OAuthServerRoute): void {
  void fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) return route().failed(error, request, reply);
      refuse(reply, status, 'invalid_request', 'The request is too large or can not be read.');
    });
    for (const path of DISCOVERY_PATHS)
      scope.route({
        method: ['GET', 'OPTIONS'],
        url: path,
        handler: (request, reply) => route().protocol(request, reply),
      });
    scope.get(`${SIGN_IN_CALLBACK}/:tenant`, (request, reply) => route().signInCallback(request, reply));
    scope.route({
      method: ['GET', 'POST'],
      url: APPS_PATH,
      handler: (request, reply) => route().connectedApps(request, reply),
    });
    scope.route({
      method: ['GET', 'POST'],
      url: `${APPS_PATH}/:grant`,
      handler: (request, reply) => route().grant(request, reply),
    });
    scope.options(OAUTH_PATHS.registration, (_request, reply) => reply.headers(PREFLIGHT).status(204).send());
    scope.post(OAUTH_PATHS.registration, (request, reply) => route().register(request, reply));
    scope.route({
      method: ['GET', 'POST'],
      url: `${INTERACTION_PATH}/:uid`,
      handler: (request, reply) => route().interaction(request, reply),
    });
    // Anything else is not found here as everywhere, and not in the library's own words
    for (const [url, ...method] of PROTOCOL)
      scope.route({ method, url, handler: (request, reply) => route().protocol(request, reply) });
    done();
  });
}

const PROTOCOL: readonly [url: string, ...method: string[]][] = [
  [OAUTH_PATHS.token, 'POST', 'OPTIONS'],
  [OAUTH_PATHS.revocation, 'POST', 'OPTIONS'],
  [OAUTH_PATHS.jwks, 'GET', 'OPTIONS'],
  [OAUTH_PATHS.authorization, 'GET'],
  [`${OAUTH_PATHS.authorization}/:uid`, 'GET'],
];

const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type, mcp-protocol-version',
  'access-control-max-age': '3600',
};
