import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { APP_CONFIG, type AppConfig } from '#app/config';
import { AgentGrantsService, OAuthServerRecords, SigningKeys } from '#app/identity';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { MCP_SCOPES } from '../../caller.js';
import { McpResources } from '../mcp-resources.js';
import { endUserOf, type EndUser } from './end-user.js';
import { ClientDocuments } from './client-documents.js';
import { logFailure } from './oauth-failures.js';
import { loadOidcLibrary } from './oidc-library.js';
import { DISCOVERY_PATHS, OAUTH_PATHS } from './oauth-paths.js';
import { providerSettings } from './provider-settings.js';
import { onlyWhereAnswered, pagesCookie } from './way-back.js';

/** The OAuth server of the MCP door, made at first use: its key is sealed until then. */
@Injectable()
export class OAuthServer {
  private provider: Promise<Provider> | null = null;

  constructor(
    private readonly keys: SigningKeys,
    private readonly records: OAuthServerRecords,
    private readonly grants: AgentGrantsService,
    private readonly resources: McpResources,
    private readonly documents: ClientDocuments,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  get(): Promise<Provider> {
    this.provider ??= this.make().catch((error: unknown) => {
      this.provider = null;
      throw error;
    });
    return this.provider;
  }

  /** Answers a request of the OAuth protocol. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (await this.get()).callback() as (...parts: unknown[]) => Promise<void>;
    await answer(request, response);
  }

  /** Who is signed in here; null when nobody is. */
  async signedIn(request: IncomingMessage, response: ServerResponse): Promise<EndUser | null> {
    const provider = await this.get();
    const session = await provider.Session.get(provider.createContext(request, response));
    return endUserOf(session.accountId ?? '');
  }

  private async make(): Promise<Provider> {
    const library = await loadOidcLibrary();
    const { records, grants, resources, documents, config } = this;
    const key = await this.keys.current();
    const settings = providerSettings({ library, records, grants, resources, documents, config, key });
    const provider = new library.Provider(config.http.publicUrl, settings);
    // The headers that it then believes are ours: see rebuiltRequest
    provider.proxy = true;
    // The library tells the client no more than that, and the log nothing
    provider.on('server_error', (ctx, error) => this.log(ctx, error));
    // Without a listener, what fails outside of its own routes is printed
    (provider as EventEmitter).on('error', (error: unknown, ctx: KoaContextWithOIDC) => this.log(ctx, error));
    provider.use(onlyWhereAnswered(provider, pagesCookie(config.http.publicUrl)));
    provider.use(async (ctx, next) => {
      if (ctx.path === OAUTH_PATHS.authorization) ctx.query = { ...ctx.query, scope: withReading(ctx.query['scope']) };
      await next();
      const described = ctx.method !== 'OPTIONS' && DISCOVERY_PATHS.some((path) => path === ctx.path);
      if (described) ctx.body = withOurScopes(ctx.body as object);
    });
    return provider;
  }

  private log({ res }: KoaContextWithOIDC, error: unknown): void {
    logFailure(this.logger, error, res.getHeader('x-request-id'));
  }
}

/** Clients that ask for nothing of ours mean what they would be asked to ask for at first. */
function withReading(scope: string | string[] | undefined): string | string[] {
  if (Array.isArray(scope)) return scope;
  const wanted = (scope ?? '').split(' ').filter((each) => each !== '');
  return wanted.some((each) => each.startsWith('mcp:')) ? wanted.join(' ') : [...wanted, 'mcp:read'].join(' ');
}

/**
 * The library knows those of ours as scopes of a resource only. Some clients ask for what stands here, look nowhere else, and can not
 * ask for more later.
 */
const withOurScopes = (metadata: { readonly scopes_supported?: readonly string[] }): object => ({
  ...metadata,
  scopes_supported: [...(metadata.scopes_supported ?? []), ...MCP_SCOPES],
});
