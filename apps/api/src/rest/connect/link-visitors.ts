import { ConnectFailure, ConnectFlowService, type BrowserVisit, type OpenedLink } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { McpResources } from '../../mcp/auth/mcp-resources.js';
import { SignedInVisitor } from '../../mcp/auth/oauth/signed-in-visitor.js';
import { SignInFirst } from '../../mcp/auth/oauth/sign-in-first.js';

/** One visit of a link, and what was found of it. */
export interface LinkVisit {
  readonly visit: BrowserVisit;
  readonly opened: OpenedLink;
  readonly linkToken: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Whether whoever visits a link is the user it was made for, as far as we can know. A link that an agent showed goes to no one
 * else: its user signs in here first, where users can, unless the tenant's own server verifies them afterwards.
 */
@Injectable()
export class LinkVisitors {
  constructor(
    private readonly flows: ConnectFlowService,
    private readonly visitor: SignedInVisitor,
    private readonly first: SignInFirst,
    private readonly resources: McpResources,
  ) {}

  /** Where the visitor has to sign in before; null when they may go on. Refuses whoever is signed in as somebody else. */
  async signInBefore({ visit, opened, linkToken, request, reply }: LinkVisit): Promise<string | null> {
    const { link } = opened;
    const who = await this.visitor.comparedWith(link, request, reply);
    if (who === 'somebody_else') return this.flows.rejectLink(visit, opened, new ConnectFailure('link_other_user'));
    if (who === 'same' || !link.signIn || link.userVerifyUrl !== null) return null;
    const resource = await this.resources.withId(link.connectionId);
    return resource === null ? null : this.first.leave(resource, `/connect/${linkToken}`, reply);
  }
}
