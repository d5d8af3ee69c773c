import type { AppConfig } from '#app/config';
import type { Database } from '#app/database';
import { newId, type Caller, type RequestContext, type TenantId } from '#app/kernel';
import { ApiClientsService } from '../src/api-clients.service.js';
import { ClientDirectory } from '../src/client-directory.js';
import { FirstClient, type BootstrapClientConfig } from '../src/first-client.js';
import { SigningKeys } from '../src/signing-keys.js';
import { TokenService, type TokenAnswer } from '../src/token.service.js';
import { FakeKeeper } from './fake-keeper.js';

export const ISSUER = 'https://gate.test';
export const GENERATED: BootstrapClientConfig = { id: null, secret: null };

/** The identity services of one node, with a clock that the test sets. */
export class IdentityNode {
  time = Date.now();
  readonly keeper = new FakeKeeper();
  readonly clients: ApiClientsService;
  readonly tokens: TokenService;

  constructor({ system, tenants }: Pick<Database, 'system' | 'tenants'>, issuer = ISSUER) {
    const clock = { now: () => this.time };
    const directory = new ClientDirectory(system, clock);
    const keys = new SigningKeys(system, tenants, this.keeper, clock);
    this.clients = new ApiClientsService(tenants, directory, new FirstClient(system, tenants, this.keeper));
    // The only part of the configuration that tokens depend on
    const config = { http: { publicUrl: issuer } } as AppConfig;
    this.tokens = new TokenService(keys, directory, this.keeper, clock, config);
  }

  ask(clientId: string, secret: string): Promise<TokenAnswer> {
    return this.tokens.issue({ clientId, clientSecret: this.keeper.secret(secret) });
  }

  /** A token; fails the test when it is refused. */
  async tokenFor(clientId: string, secret: string): Promise<string> {
    const answer = await this.ask(clientId, secret);
    if (!answer.issued) throw new Error('The token was refused');
    return answer.accessToken;
  }

  /** A request by whoever bears the token. */
  async contextOf(token: string): Promise<RequestContext & { caller: Caller; tenantId: TenantId }> {
    const { tenantId, caller } = await this.tokens.verify(token);
    return { requestId: newId('request'), tenantId, source: 'rest', caller };
  }
}
