import type { AppConfig } from '#app/config';
import type { Database } from '#app/database';
import { createLogger } from '#app/observability';
import { newId, type Caller, type RequestContext, type TenantId } from '#app/kernel';
import { FakeJournal } from './fake-journal.js';
import { ApiClientsService } from '../src/api-clients.service.js';
import { ClientCredentials } from '../src/client-credentials.js';
import { ClientDirectory } from '../src/client-directory.js';
import { FirstClient, type BootstrapClientConfig } from '../src/first-client.js';
import { RefusalRecords } from '../src/refusal-records.js';
import { SigningKeys } from '../src/signing-keys.js';
import { TenantsService } from '../src/tenants.service.js';
import { TokenService, type IssuedToken } from '../src/token.service.js';
import { FakeKeeper } from './fake-keeper.js';
import { Gate } from '#app/testing';

export const ISSUER = 'https://gate.test';
export const GENERATED: BootstrapClientConfig = { id: null, secret: null };

/** The identity services of one node, with a clock that the test sets. */
export class IdentityNode {
  time = Date.now();
  /** Lines of the log. */
  readonly log: string[] = [];
  readonly keeper = new FakeKeeper();
  readonly journal = new FakeJournal();
  /** Where refusals wait until they are due. */
  readonly refusals = new Gate();
  readonly clients: ApiClientsService;
  readonly tenants: TenantsService;
  readonly tokens: TokenService;

  constructor({ system, tenants }: Pick<Database, 'system' | 'tenants'>, issuer = ISSUER) {
    const clock = { now: () => this.time };
    const directory = new ClientDirectory(system, clock);
    const keys = new SigningKeys(system, tenants, this.keeper, clock);
    const first = new FirstClient(system, tenants, this.keeper, this.journal);
    this.clients = new ApiClientsService(tenants, directory, first, this.journal);
    this.tenants = new TenantsService(tenants, this.journal, { production: false });
    const credentials = new ClientCredentials(
      directory,
      this.keeper,
      new RefusalRecords(this.journal, createLogger('info', { write: (line) => void this.log.push(line) }), clock),
      { begin: () => ({ due: () => this.refusals.pass() }) },
    );
    // The only part of the configuration that tokens depend on
    const config = { http: { publicUrl: issuer } } as AppConfig;
    this.tokens = new TokenService(keys, directory, credentials, clock, config);
  }

  ask(clientId: string, secret: string): Promise<IssuedToken> {
    const clientSecret = this.keeper.secret(secret);
    return this.tokens.issue({ clientId, clientSecret, requestId: newId('request'), source: 'rest' });
  }

  async tokenFor(clientId: string, secret: string): Promise<string> {
    return (await this.ask(clientId, secret)).accessToken;
  }

  /** A request by whoever bears the token. */
  async contextOf(token: string): Promise<RequestContext & { caller: Caller; tenantId: TenantId }> {
    const { tenantId, caller } = await this.tokens.verify(token);
    return { requestId: newId('request'), tenantId, source: 'rest', caller };
  }
}
