import { APP_CONFIG, type AppConfig } from '#app/config';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EndUser } from './end-user.js';
import { OAuthServer } from './oauth-server.js';
import { rebuiltRequest } from './rebuilt-request.js';

/** The cookie of a session, whether the installation has TLS or not. */
const SESSION = /^(__Host-)?gatehouse-agents$/;

export type Visitor = 'same' | 'somebody_else' | 'nobody';

/** Who is signed in, in the browser that visits a page: a user who let an agent work for them did that in this browser. */
@Injectable()
export class SignedInVisitor {
  private readonly publicUrl: URL;

  constructor(
    private readonly server: OAuthServer,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.publicUrl = new URL(config.http.publicUrl);
  }

  /** Who the visitor is, next to this user. One who is signed in at another tenant only is nobody here. */
  async comparedWith(
    { tenantId, identifier }: EndUser,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Visitor> {
    if (!Object.keys(request.cookies).some((name) => SESSION.test(name))) return 'nobody';
    const user = await this.server.signedIn(rebuiltRequest(request, this.publicUrl), reply.raw);
    if (user === null || user.tenantId !== tenantId) return 'nobody';
    return user.identifier === identifier ? 'same' : 'somebody_else';
  }
}
