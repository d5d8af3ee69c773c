import 'reflect-metadata';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
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
import { ProxyRoute, serveProxy } from './rest/proxy/proxy.route.js';
import { ProviderSignalsRoute, serveProviderSignals } from './rest/provider-signals/provider-signals.route.js';
import { OAuthServerRoute, serveOAuth } from './mcp/auth/oauth/oauth-server.route.js';
import { LandingRoute } from './mcp/landing/landing.route.js';
import { McpRoute } from './mcp/transport/mcp-route.js';
import { serveMcp } from './mcp/transport/mcp-routes.js';
import { ResourceMetadataRoute, serveResourceMetadata } from './mcp/auth/resource-metadata.route.js';
import { rewriteCustomVerb } from './rest/custom-verbs.js';
import { originForm } from './rest/origin-form.js';
import { fromFramework } from './rest/framework-errors.js';
import { endConnectionsWhenDrained } from './drain.js';
import { addRequestLog } from './request-log.js';
import { type Http2Handler, Listener } from './listener/listener.js';
import { isRpc, lateRpcDoor } from './rpc/late-rpc-door.js';
import { refuseCrumbledBodies } from './rest/body-pieces.js';
import { refuseExcessiveShapes } from './rest/body-shape.js';
import { PROBLEM_TYPE, toProblem } from './rest/problem.js';
import { answerUnreadable, refuseNameless } from './listener/unreadable-requests.js';
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
  const doors: Doors = { listener: null, rpc: null };
  const nest = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot({ config, logger, clock, databaseUrl: options.databaseUrl }),
    createAdapter(config, doors, logger),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  try {
    const fastify = nest.getHttpAdapter().getInstance();
    await nest.register(fastifyCookie);
    addRequestLog(fastify, logger);
    refuseNameless(fastify);
    refuseCrumbledBodies(fastify);
    refuseExcessiveShapes(fastify);
    const underWay = endConnectionsWhenDrained(fastify);
    fastify.addHook('preClose', async () => doors.listener?.end());
    serveApiDocs(fastify, nest);
    serveExecuteDirectly(fastify, () => nest.get(ExecuteRoute));
    serveProviderSignals(fastify, () => nest.get(ProviderSignalsRoute));
    serveOAuth(fastify, () => nest.get(OAuthServerRoute));
    serveProxy(fastify, () => nest.get(ProxyRoute));
    serveResourceMetadata(fastify, () => nest.get(ResourceMetadataRoute));
    serveMcp(
      fastify,
      () => nest.get(McpRoute),
      () => nest.get(LandingRoute),
    );
    await nest.init();
    doors.rpc = lateRpcDoor(nest, { logger, underWay });
    await fastify.ready();
    takeCallsFirst(fastify, { route: nest.get(ExecuteRoute), logger, underWay, bodyLimit: BODY_LIMIT });
    return { nest, firstTenant: await nest.get(Bootstrap).run(options.sandbox ?? null) };
  } catch (error) {
    await nest.close();
    throw error;
  }
}

/** What is there once the application is: the listener when Fastify is made, the gRPC door when all that it calls is. */
interface Doors {
  listener: Listener | null;
  rpc: Http2Handler | null;
}

function createAdapter({ http: { tls } }: AppConfig, doors: Doors, logger: Logger): FastifyAdapter {
  return new FastifyAdapter({
    serverFactory: (fastify: RequestListener) => {
      doors.listener = new Listener(fastify, serveHttp2(fastify, doors), tls);
      return doors.listener.server;
    },
    bodyLimit: BODY_LIMIT,
    // a HEAD request must not use up a connect link
    exposeHeadRoutes: false,
    genReqId: () => newId('request'),
    frameworkErrors: answerProblem,
    clientErrorHandler: answerUnreadable(logger),
    rewriteUrl: (request: { url?: string | undefined }) => rewriteCustomVerb(originForm(request.url ?? '/')),
    routerOptions: { maxParamLength: 500 },
  });
}

/** Fastify reads requests of both protocols alike. gRPC is what only one of them carries. */
const serveHttp2 =
  (fastify: RequestListener, doors: Doors): Http2Handler =>
  (request, response) => {
    if (doors.rpc !== null && isRpc(request)) doors.rpc(request, response);
    else fastify(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };

/** What the server refuses before routing (a URL that can't be read) never reaches the exception filter. */
function answerProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const known = fromFramework(error) ?? new AppError('invalid_arguments', 'The request is not valid.');
  void reply
    .status(known.status)
    .header('x-request-id', request.id)
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(toProblem(known, request.id)));
}
