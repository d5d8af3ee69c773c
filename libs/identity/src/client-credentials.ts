import type { RequestContext, Secret } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { ClientDirectory, type KnownClient } from './client-directory.js';
import { sameDigest } from './client-secret.js';
import { EvenRefusals } from './even-refusals.js';
import { credentialsRefused } from './identity.errors.js';
import { RefusalRecords } from './refusal-records.js';
import { SECRET_KEEPER, type SecretKeeper } from './secret-keeper.js';

/** A request for a token. There is no tenant yet: the client id says which. */
export interface TokenRequest extends Pick<RequestContext, 'requestId' | 'source'> {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Checks a client id and its secret. */
@Injectable()
export class ClientCredentials {
  constructor(
    private readonly clients: ClientDirectory,
    @Inject(SECRET_KEEPER) private readonly keeper: SecretKeeper,
    private readonly refusals: RefusalRecords,
    private readonly even: EvenRefusals,
  ) {}

  /**
   * The client that these identify. Throws `unauthenticated` with one text for an unknown client, a wrong secret and a disabled
   * client, and after the same time ({@link EvenRefusals}). A refusal is in the trail of the client's tenant before it is told (see
   * {@link RefusalRecords} for how often, and where the trail takes nothing); an unknown client has no tenant to tell.
   */
  async check({ clientId, clientSecret, requestId, source }: TokenRequest): Promise<KnownClient> {
    const arrival = this.even.begin();
    const client = await this.clients.byId(clientId);
    const known = sameDigest(this.keeper.digest(clientSecret), client?.secretHash);
    if (client !== null && known && client.active) return client;
    if (client !== null) await this.refusals.record(client, { requestId, source });
    await arrival.due();
    throw credentialsRefused();
  }
}
