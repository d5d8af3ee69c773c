import { APP_CONFIG, type AppConfig } from '#app/config';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemAnswers } from '../../rest/problem-answers.js';
import { noSuchResource } from './challenges.js';
import { McpResources } from './mcp-resources.js';
import { METADATA_PATH, resourceMetadata } from './resource-metadata.js';

/**
 * `GET /.well-known/oauth-protected-resource/…`: read by clients, in browsers too, before they have a token. Without the path of a
 * resource it is about the only one there is: some clients look nowhere else.
 */
@Injectable()
export class ResourceMetadataRoute {
  constructor(
    private readonly resources: McpResources,
    private readonly problems: ProblemAnswers,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      const [path = ''] = request.url.slice(METADATA_PATH.length).split('?');
      const resource = await (path === '' ? this.resources.only() : this.resources.at(path));
      void reply.header('access-control-allow-origin', '*');
      if (resource !== null) {
        void reply.header('cache-control', 'public, max-age=60');
        return void reply.send(resourceMetadata(resource, this.config.http.publicUrl));
      }
      const { status, headers, body } = noSuchResource(request.id);
      void reply.status(status).headers(headers).send(JSON.stringify(body));
    } catch (error) {
      this.problems.send(error, request, reply);
    }
  }
}

export function serveResourceMetadata(fastify: FastifyInstance, route: () => ResourceMetadataRoute): void {
  for (const url of [METADATA_PATH, `${METADATA_PATH}/*`]) {
    fastify.get(url, (request, reply) => route().serve(request, reply));
    fastify.options(url, (_request, reply) => reply.headers(PREFLIGHT).status(204).send());
  }
}

/** Clients in a browser name their version of the protocol here too, for which the browser asks first. */
const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'mcp-protocol-version',
  'access-control-max-age': '3600',
};
