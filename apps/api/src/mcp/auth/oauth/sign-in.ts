import { APP_CONFIG, type AppConfig } from '#app/config';
import { newId } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { ConnectedAccountsService, ConnectionDirectory } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import type { McpResource } from '../../caller.js';
import { Passcodes } from './passcodes.js';

/** How a user can show who they are. */
export interface SignInOptions {
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
export class SignIn {
  constructor(
    private readonly passcodes: Passcodes,
    private readonly connections: ConnectionDirectory,
    private readonly accounts: ConnectedAccountsService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async optionsFor(resource: McpResource): Promise<SignInOptions> {
    return { passcode: !this.config.production, sandboxUsers: await this.sandboxUsers(resource) };
  }

  /** The user that was picked, when there was a choice of them. */
  async pick(resource: McpResource, identifier: string): Promise<string | null> {
    return (await this.sandboxUsers(resource)).includes(identifier) ? identifier : null;
  }

  /** Prints a code for this sign-in. False when codes are not given out here. */
  async sendPasscode(signIn: string, identifier: string): Promise<boolean> {
    if (this.config.production) return false;
    const code = await this.passcodes.make(signIn, identifier);
    this.logger.warn(`Passcode for the sign-in of ${JSON.stringify(identifier)}: ${code}`);
    return true;
  }

  redeemPasscode(signIn: string, code: string): Promise<string | null> {
    return this.config.production ? Promise.resolve(null) : this.passcodes.redeem(signIn, code);
  }

  private async sandboxUsers({ tenantId, connectionId }: McpResource): Promise<string[]> {
    const connection = connectionId === null ? null : await this.connections.byId(connectionId);
    if (this.config.production || connection?.sandbox !== true) return [];
    const ctx = { requestId: newId('request'), tenantId, source: 'browser', caller: null } as const;
    const { items } = await this.accounts.list(ctx, { connectionNames: [connection.name], pageSize: MOST_USERS });
    return [...new Set([NEWCOMER, ...items.map(({ identifier }) => identifier)])];
  }
}
