import { ProxyCalls, type ProxyAnswer, type ProxyCall } from '#app/tools';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Authentication } from '../authentication.js';
import { ProblemAnswers } from '../problem-answers.js';
import type { GatehouseRequest, Reply } from '../request.js';
import { PLAIN_TEXT } from '../common/dto.js';
import { invalidRequest } from '../validation.js';

const PREFIX = '/proxy';
const BODY_LIMIT = 4 * 1024 * 1024;
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * `/proxy/<path>`: a request of the caller's own to a provider, as the user that the headers `connection_name` and `identifier` name.
 * Bodies are handed on as they come, so nothing is parsed here. The provider's answer comes back as it is, of whatever status; what
 * Gatehouse refuses is a problem document like everywhere else.
 */
@Injectable()
export class ProxyRoute {
  constructor(
    private readonly authentication: Authentication,
    private readonly proxy: ProxyCalls,
    private readonly problems: ProblemAnswers,
  ) {}

  async serve(request: GatehouseRequest, reply: Reply): Promise<void> {
    try {
      const ctx = await this.authentication.contextOf(request, reply);
      render(await this.proxy.run({ ...ctx, source: 'proxy' }, proxyCall(request)), reply);
    } catch (error) {
      this.problems.send(error, request, reply);
    }
  }
}

export function serveProxy(fastify: FastifyInstance, route: () => ProxyRoute): void {
  void fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: `${PREFIX}/*`,
      bodyLimit: BODY_LIMIT,
      handler: (request, reply) => void route().serve(request, reply),
    });
    done();
  });
}

function proxyCall(request: GatehouseRequest): ProxyCall {
  const { headers, method, body } = request;
  const [path = '', ...search] = (request.raw.url ?? '').slice(PREFIX.length).split('?');
  return {
    // a proxy that drops names with an underscore lets the other form through
    connection: named(request, 'connection_name', 'connection-name', 400),
    identifier: named(request, 'identifier', 'identifier', 100),
    method,
    path,
    query: [...new URLSearchParams(search.join('?'))],
    headers,
    body:
      Buffer.isBuffer(body) && body.length > 0
        ? { contentType: headers['content-type'] ?? UNKNOWN_TYPE, bytes: body }
        : null,
  };
}

function named({ headers }: GatehouseRequest, name: string, otherName: string, most: number): string {
  const value = headers[name] ?? headers[otherName];
  if (typeof value === 'string' && value.length <= most && PLAIN_TEXT.test(value) && /\S/.test(value)) return value;
  throw invalidRequest([
    { field: name, message: `must be a header of 1 to ${most} characters: it says as whom the request is made` },
  ]);
}

function render({ status, headers, body, executionId }: ProxyAnswer, reply: Reply): void {
  void reply
    .status(status)
    .headers(headers)
    .header('x-execution-id', executionId)
    // what a provider answers is no page of ours, whatever it says that it is
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(body);
}
