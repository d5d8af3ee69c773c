import 'reflect-metadata';
import fastifyCookie from '@fastify/cookie';
import type { AppConfig } from '#app/config';
import { AppError, type Clock, newId, systemClock } from '#app/kernel';
import { createLogger, NestLogger, type Logger } from '#app/observability';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import { Bootstrap, type FirstTenant, type SandboxApp } from './bootstrap.js';
import { takeCallsFirst } from './rest/execute/execute-server.js';
import { ExecuteRoute, serveExecuteDirectly } from './rest/execute/execute.route.js';
import { ProviderSignalsRoute, serveProviderSignals } from './rest/provider-signals/provider-signals.route.js';
import { OAuthServerRoute, serveOAuth } from './mcp/auth/oauth/oauth-server.route.js';
import { ResourceMetadataRoute, serveResourceMetadata } from './mcp/auth/resource-metadata.route.js';
import { rewriteCustomVerb } from './rest/custom-verbs.js';
import { fromFramework } from './rest/framework-errors.js';
import { endConnectionsWhenDrained } from './drain.js';
import { addRequestLog } from './request-log.js';
import { refuseExcessiveShapes } from './rest/body-shape.js';
import { PROBLEM_TYPE, toProblem } from './rest/problem.js';
import { serveApiDocs } from './rest/docs/api-docs.js';

const BODY_LIMIT = 1024 * 1024;

export interface CreateAppOptions {
  readonly databaseUrl: string;
  readonly sandbox?: SandboxApp | null;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

export interface RunningApp {
  readonly nest: NestFastifyApplication;
  readonly firstTenant: FirstTenant;
}

/** Wires the application, migrates its database and makes it ready to listen. Used by `main` and by the tests alike. */
export async function createApp(config: AppConfig, options: CreateAppOptions): Promise<RunningApp> {
  const logger = options.logger ?? createLogger(config.logLevel);
  const clock = options.clock ?? systemClock;
  const nest = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot({ config, logger, clock, databaseUrl: options.databaseUrl }),
    createAdapter(),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  try {
    const fastify = nest.getHttpAdapter().getInstance();
    await nest.register(fastifyCookie);
    addRequestLog(fastify, logger);
    refuseExcessiveShapes(fastify);
    const underWay = endConnectionsWhenDrained(fastify);
    serveApiDocs(fastify, nest);
    serveExecuteDirectly(fastify, () => nest.get(ExecuteRoute));
    serveProviderSignals(fastify, () => nest.get(ProviderSignalsRoute));
    serveOAuth(fastify, () => nest.get(OAuthServerRoute));
    serveResourceMetadata(fastify, () => nest.get(ResourceMetadataRoute));
    await nest.init();
    await fastify.ready();
    takeCallsFirst(fastify, { route: nest.get(ExecuteRoute), logger, underWay, bodyLimit: BODY_LIMIT });
    return { nest, firstTenant: await nest.get(Bootstrap).run(options.sandbox ?? null) };
  } catch (error) {
    await nest.close();
    throw error;
  }
}

function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // a HEAD request must not use up a connect link
    exposeHeadRoutes: false,
    genReqId: () => newId('request'),
    frameworkErrors: answerProblem,
    rewriteUrl: (request: { url?: string | undefined }) => rewriteCustomVerb(request.url ?? '/'),
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 500 },
  });
}

/** What the server refuses before routing (a URL that can't be read) never reaches the exception filter. */
function answerProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const known = fromFramework(error) ?? new AppError('invalid_arguments', 'The request is not valid.');
  void reply
    .status(known.status)
    .header('x-request-id', request.id)
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(toProblem(known, request.id)));
}
