import { APP_CONFIG, type AppConfig } from '#app/config';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EndUser } from './end-user.js';
import { OAuthServer } from './oauth-server.js';
import { rebuiltRequest } from './rebuilt-request.js';

/** The cookie of a session, whether the installation has TLS or not. */
const SESSION = /^(__Host-)?gatehouse-agents$/;

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

  /** Whether it is known that the visitor is not this user, but another one of the same tenant. */
  async isSomebodyElse(
    { tenantId, identifier }: EndUser,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    if (!Object.keys(request.cookies).some((name) => SESSION.test(name))) return false;
    const user = await this.server.signedIn(rebuiltRequest(request, this.publicUrl), reply.raw);
    return user !== null && user.tenantId === tenantId && user.identifier !== identifier;
  }
}
