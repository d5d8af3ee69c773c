import { TokenService } from '#app/identity';
import { AppError, type RequestContext, type RequestId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { GoneSignal } from './gone-signal.js';
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
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw missingToken();
    const { tenantId, caller } = await this.tokens.verify(token);
    return { requestId: request.id as RequestId, tenantId, source: 'rest', caller, signal: new GoneSignal(reply.raw) };
  }
}

const missingToken = (): AppError =>
  new AppError(
    'unauthenticated',
    'Send an access token as `Authorization: Bearer …`. POST /oauth/token gives one for a client id and secret.',
  );
