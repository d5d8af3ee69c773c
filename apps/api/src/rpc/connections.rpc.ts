import type { ServiceImpl } from '@connectrpc/connect';
import type { ConnectionsController } from '../rest/connections/connections.controller.js';
import { ListAppConnectionsQuery } from '../rest/connections/connections.dto.js';
import * as pb from './generated/scalekit/v1/connections/connections_pb.js';
import type { RpcCall } from './rpc-call.js';
import { twinOf } from './twin.js';

/** `scalekit.v1.connections.ConnectionService`, as far as it is about connections of this kind. */
export const connectionsRpc = (
  call: RpcCall,
  controller: ConnectionsController,
): ServiceImpl<typeof pb.ConnectionService> => ({
  listAppConnections: twinOf(call, {
    input: pb.ListAppConnectionsRequestSchema,
    output: pb.ListAppConnectionsResponseSchema,
    dto: ListAppConnectionsQuery,
    controller,
    method: 'listApp',
  }),
});
