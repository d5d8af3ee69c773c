import { createHash, randomBytes } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { McpResource } from '../../caller.js';
import { APPS_PATH, OAUTH_PATHS } from './oauth-paths.js';
import { SignIn } from './sign-in.js';

/**
 * Our own pages, as a client of the OAuth server: a user who signs in for one of them goes through the same steps as for an
 * application, and ends before anything would be allowed. So it never gets a code, and its redirect is one that leads nowhere.
 */
export const OWN_PAGES = { clientId: 'gatehouse-pages', redirectUri: 'gatehouse.pages:/none' } as const;

const LIFETIME_SECONDS = 15 * 60;
/** What a user may go on to: a link for an account, or what an application may do. */
const ONWARD = new RegExp(`^(?:/connect|${APPS_PATH})/[A-Za-z0-9_-]{10,100}$`);

/** Has users sign in before they go on to one of our pages. Where they go on to is kept in their own browser. */
@Injectable()
export class SignInFirst {
  private readonly cookie: string;
  private readonly secure: boolean;

  constructor(
    private readonly signIn: SignIn,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.secure = config.http.publicUrl.startsWith('https:');
    this.cookie = `${this.secure ? '__Host-' : ''}gatehouse-onward`;
  }

  /** Where a user of this URL signs in, to go on to `onward` (a path) afterwards; null where users can't sign in. */
  async leave(resource: McpResource, onward: string, reply: FastifyReply): Promise<string | null> {
    if (!(await this.signIn.isPossible(resource))) return null;
    const { secure } = this;
    const options = { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: LIFETIME_SECONDS } as const;
    void reply.setCookie(this.cookie, onward, options);
    const params = {
      client_id: OWN_PAGES.clientId,
      redirect_uri: OWN_PAGES.redirectUri,
      response_type: 'code',
      scope: 'mcp:read',
      resource: resource.url,
      code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
      code_challenge_method: 'S256',
    };
    return `${OAUTH_PATHS.authorization}?${new URLSearchParams(params).toString()}`;
  }

  /** Where the user of this browser wanted to go. */
  onwardOf(request: FastifyRequest): string {
    const path = request.cookies[this.cookie] ?? '';
    return ONWARD.test(path) ? path : APPS_PATH;
  }
}
