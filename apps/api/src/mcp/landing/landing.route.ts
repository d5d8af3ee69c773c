import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { guarded } from '../../rest/connect/pages.js';
import { McpResources } from '../auth/mcp-resources.js';

/** Answers a browser at the URL of a server. It says nothing that the server's metadata does not say to anybody. */
@Injectable()
export class LandingRoute {
  constructor(private readonly resources: McpResources) {}

  async show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const resource = await this.resources.at(request.url.split('?', 1)[0] ?? '/');
    if (resource === null) {
      reply.callNotFound();
      return reply;
    }
    // With the clients it describes come the programs that write their files: nothing to have in memory for a page
    const { renderLanding } = await import('./landing-page.js');
    return guarded(reply)
      .header('vary', 'accept')
      .header('content-type', 'text/html; charset=utf-8')
      .send(renderLanding(resource));
  }
}

/** Whether a person opened the URL. Clients that look for a stream there ask for another type. */
export const asksForPage = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true;
