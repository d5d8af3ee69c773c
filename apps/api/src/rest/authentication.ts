import type { Http2ServerResponse } from 'node:http2';
import { TokenService } from '#app/identity';
import { AppError, type RequestContext, type RequestId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { type Connection, GoneSignal, StreamConnection } from './gone-signal.js';
import type { GatehouseRequest, Reply } from './request.js';

const BEARER = /^bearer +([^\s]+)$/i;

/** Says who makes a request, by its access token. */
@Injectable()
export class Authentication {
  constructor(private readonly tokens: TokenService) {}

  /** The context of the request. Throws `unauthenticated`. */
  async contextOf(
    request: Pick<GatehouseRequest, 'id' | 'headers'>,
    reply: Pick<Reply, 'raw'>,
  ): Promise<RequestContext> {
    const signal = new GoneSignal(connectionOf(reply.raw));
    return this.identify({ requestId: request.id as RequestId, source: 'rest', signal }, request.headers.authorization);
  }

  /** The same for any door, by what came as `authorization`. */
  async identify(
    request: Pick<RequestContext, 'requestId' | 'source' | 'signal'>,
    authorization: string | null | undefined,
  ): Promise<RequestContext> {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) throw missingToken();
    const { tenantId, caller } = await this.tokens.verify(token);
    return { ...request, tenantId, caller };
  }
}

const connectionOf = (raw: Reply['raw']): Connection =>
  'stream' in raw ? new StreamConnection((raw as unknown as Http2ServerResponse).stream) : raw;

const missingToken = (): AppError =>
  new AppError(
    'unauthenticated',
    'Send an access token as `Authorization: Bearer …`. POST /oauth/token gives one for a client id and secret.',
  );
