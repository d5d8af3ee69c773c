import { APP_CONFIG, type AppConfig } from '#app/config';
import { newId } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { ConnectedAccountsService, ConnectionDirectory } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { McpResource } from '../../caller.js';
import { Passcodes } from './passcodes.js';

/** How a user can show who they are where nothing is at stake. */
export interface DevelopmentOptions {
  /** Users of the sandbox, who need not show anything. */
  readonly sandboxUsers: readonly string[];
  /** A code that is printed to the log. */
  readonly passcode: boolean;
}

const MOST_USERS = 8;
/** Whom `npm start` makes its first connect link for. */
const NEWCOMER = 'user_123';

/**
 * Finds out who is in front of the browser. Outside of production, whoever reads the log may be anybody, and the sandbox's users are
 * free for all: there is nothing real behind them. In production neither is there.
 */
@Injectable()
export class DevelopmentSignIn {
  constructor(
    private readonly passcodes: Passcodes,
    private readonly connections: ConnectionDirectory,
    private readonly accounts: ConnectedAccountsService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async optionsFor(resource: McpResource): Promise<DevelopmentOptions> {
    return { passcode: !this.config.production, sandboxUsers: await this.sandboxUsers(resource) };
  }

  async sendPasscode(signIn: string, identifier: string): Promise<void> {
    const code = await this.passcodes.make(signIn, identifier);
    this.logger.warn(`Passcode for the sign-in of ${JSON.stringify(identifier)}: ${code}`);
  }

  redeemPasscode(signIn: string, code: string): Promise<string | null> {
    return this.passcodes.redeem(signIn, code);
  }

  private async sandboxUsers({ tenantId, connectionId }: McpResource): Promise<string[]> {
    const connection = connectionId === null ? null : await this.connections.byId(connectionId);
    if (this.config.production || connection?.sandbox !== true) return [];
    const ctx = { requestId: newId('request'), tenantId, source: 'browser', caller: null } as const;
    const { items } = await this.accounts.list(ctx, { connectionNames: [connection.name], pageSize: MOST_USERS });
    return [...new Set([NEWCOMER, ...items.map(({ identifier }) => identifier)])];
  }
}
