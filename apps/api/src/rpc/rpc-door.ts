import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createConnectRouter, type ConnectRouter } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import { ExecuteTool } from '#app/tools';
import type { INestApplicationContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Authentication } from '../rest/authentication.js';
import { ConnectedAccountsController } from '../rest/connected-accounts/connected-accounts.controller.js';
import { ConnectionsController } from '../rest/connections/connections.controller.js';
import { EventsController } from '../rest/events/events.controller.js';
import { ProblemAnswers } from '../rest/problem-answers.js';
import { ToolsController } from '../rest/tools/tools.controller.js';
import { connectedAccountsRpc } from './connected-accounts.rpc.js';
import { connectionsRpc } from './connections.rpc.js';
import { eventsRpc } from './events.rpc.js';
import { ConnectedAccountService } from './generated/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import { ConnectionService } from './generated/scalekit/v1/connections/connections_pb.js';
import { EventsService } from './generated/scalekit/v1/events/events_pb.js';
import { ToolService } from './generated/scalekit/v1/tools/tools_pb.js';
import { RpcCall } from './rpc-call.js';
import { MAX_REQUEST_BYTES, RpcServer, type RpcServerParts } from './rpc-server.js';
import { toolsRpc } from './tools.rpc.js';

/** Most answers are smaller; squeezing those costs more than it saves. */
const COMPRESS_FROM_BYTES = 64 * 1024;

/** A level of JSON takes up to four messages: as deep as bodies may be, which say it better when they are deeper. */
const MAX_NESTED_MESSAGES = 300;

/**
 * The gRPC door: the services of the published AgentKit API. It parses, authenticates and renders; what is decided and done is in
 * the libraries, behind the routes of REST.
 */
export function createRpcDoor(
  nest: INestApplicationContext,
  parts: Omit<RpcServerParts, 'refusalOf'>,
): (request: Http2ServerRequest, response: Http2ServerResponse) => void {
  const router = createConnectRouter({
    grpcWeb: false,
    connect: false,
    readMaxBytes: MAX_REQUEST_BYTES,
    acceptCompression: [compressionGzip],
    compressMinBytes: COMPRESS_FROM_BYTES,
    binaryOptions: { recursionLimit: MAX_NESTED_MESSAGES },
  });
  const call = new RpcCall(nest.get(Authentication), nest.get(ProblemAnswers), nest.get(Reflector));
  addServices(router, nest, call);
  const refusalOf: RpcServerParts['refusalOf'] = (id, authorization) => call.refusalOf(id, authorization);
  const server = new RpcServer(router.handlers, { ...parts, refusalOf });
  return (request, response) => server.serve(request, response);
}

function addServices(router: ConnectRouter, nest: INestApplicationContext, call: RpcCall): void {
  router
    .service(ToolService, toolsRpc(call, nest.get(ToolsController), nest.get(ExecuteTool)))
    .service(ConnectedAccountService, connectedAccountsRpc(call, nest.get(ConnectedAccountsController)))
    .service(ConnectionService, connectionsRpc(call, nest.get(ConnectionsController)))
    .service(EventsService, eventsRpc(call, nest.get(EventsController)));
}
