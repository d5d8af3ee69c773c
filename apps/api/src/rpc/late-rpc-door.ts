import type { Http2ServerRequest } from 'node:http2';
import type { INestApplicationContext } from '@nestjs/common';
import type { Http2Handler } from '../listener/listener.js';
import type { RpcServerParts } from './rpc-server.js';

/** Whether a request over HTTP/2 is for the gRPC door: everything else is for the doors that speak both protocols. */
export const isRpc = ({ headers }: Http2ServerRequest): boolean =>
  headers['content-type']?.startsWith('application/grpc') === true;

/**
 * The gRPC door, made at the first call: its protocol and its messages take nine megabytes, which an installation whose clients
 * speak REST or MCP does without.
 */
export function lateRpcDoor(nest: INestApplicationContext, parts: Omit<RpcServerParts, 'refusalOf'>): Http2Handler {
  const { logger, underWay } = parts;
  let loading: Promise<Http2Handler> | null = null;
  let door: Http2Handler | null = null;
  const load = async (): Promise<Http2Handler> => {
    const { createRpcDoor } = await import('./rpc-door.js');
    door = createRpcDoor(nest, parts);
    return door;
  };
  return (request, response) => {
    if (door !== null) return door(request, response);
    loading ??= load();
    underWay.began();
    loading
      .then(
        // Nobody would follow a call to its end whose caller has gone already
        (loaded) => void (response.stream.destroyed || loaded(request, response)),
        (error: unknown) => {
          logger.fatal({ err: error }, 'The gRPC door could not be loaded: are the packages complete?');
          response.stream.close(REFUSED_STREAM);
        },
      )
      .finally(() => underWay.ended());
  };
}

/** RFC 9113, section 7: the request was not looked at, so that it may be sent again. */
const REFUSED_STREAM = 7;
