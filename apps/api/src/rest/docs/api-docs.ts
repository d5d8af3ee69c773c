import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { documentCustomVerbs } from '../custom-verbs.js';
import { documentProblems } from './problem-responses.js';

const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Gatehouse')
    .setDescription(
      'The gate between AI agents and the SaaS accounts of real people. Errors are RFC 9457 problem documents.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  return documentProblems(documentCustomVerbs(SwaggerModule.createDocument(app, builder)));
}

/** Serves the OpenAPI description and a page to read it at `/api/docs`, from files in the package and nowhere else. */
export function serveApiDocs(fastify: FastifyInstance, app: INestApplication): void {
  // made when somebody asks: a server that nobody reads about need not carry it
  let document: string | null = null;
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  fastify.get('/api/docs/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(createOpenApiDocument(app));
    return reply.header('content-type', 'application/json; charset=utf-8').send(document);
  });
  fastify.get('/api/docs', (_request, reply) =>
    reply.header('content-type', 'text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(PAGE),
  );
  fastify.get('/api/docs/start.js', (_request, reply) => reply.header('content-type', 'text/javascript').send(START));
  for (const [name, type] of Object.entries(ASSETS)) {
    // Whole, and not as a stream: one that waits behind an earlier answer is never closed when the client goes away (pipelining)
    let file: Promise<Buffer> | null = null;
    fastify.get(`/api/docs/${name}`, async (_request, reply) => {
      file ??= readFile(join(folder, name)).catch((error: unknown) => {
        file = null; // a read that failed is tried again with the next request
        throw error;
      });
      return reply
        .header('content-type', type)
        .header('cache-control', 'public, max-age=86400')
        .send(await file);
    });
  }
}

// the reader's styles are inline; scripts come from our own origin only
const PAGE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Gatehouse API</title><link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
  <body><div id="api"></div><script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body>
</html>`;

const START = "SwaggerUIBundle({ url: '/api/docs/openapi.json', dom_id: '#api', deepLinking: true });";
