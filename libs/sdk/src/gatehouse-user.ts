import type { PageOptions, Paged } from './http/pages.js';
import type { CallOptions } from './http/transport.js';
import type {
  ConnectedAccount,
  ConnectedAccountPage,
  ListConnectedAccountsOptions,
  MagicLink,
} from './resources/account-types.js';
import type { ConnectedAccountsApi } from './resources/connected-accounts.js';
import type {
  AvailableToolPage,
  ListScopedToolsOptions,
  ScopedTool,
  ScopedToolPage,
  Tool,
  ToolCall,
  ToolResult,
} from './resources/tool-types.js';
import type { ToolsApi } from './resources/tools.js';

/** What is bound along with the user. */
export interface UserOptions {
  /** Organization of the user, if their accounts were made with one. */
  readonly organizationId?: string;
  /** The agent's own name for its run; recorded with every call. */
  readonly agentRunId?: string;
}

/** What the framework adapters need of a user; a {@link GatehouseUser} is one. */
export interface BoundUser {
  /** Your own name for the end user. */
  readonly identifier: string;
  /** The tools that this user may call right now. */
  listScopedTools(options?: ListScopedToolsOptions): Paged<ScopedToolPage, ScopedTool>;
  /** The tools that this user could have by connecting. */
  listAvailableTools(options?: PageOptions): Paged<AvailableToolPage, Tool>;
  /** Runs a tool as this user. */
  executeTool(call: ToolCall, options?: CallOptions): Promise<ToolResult>;
  /** The link by which this user connects. */
  connectLink(target: ConnectTarget, request?: ConnectLinkOptions, options?: CallOptions): Promise<MagicLink>;
  /** This user's accounts. */
  listConnectedAccounts(): Paged<ConnectedAccountPage, ConnectedAccount>;
}

/** What a user is to connect: a connection by its name, or an account that they have already. */
export type ConnectTarget = string | { readonly connectedAccountId: string };

/** Options of {@link GatehouseUser.connectLink}. */
export interface ConnectLinkOptions {
  /** Handed back to `userVerifyUrl`. */
  readonly state?: string;
  /** Where the browser goes after consent, so that your server can confirm who the user is. */
  readonly userVerifyUrl?: string;
}

/** What of the client a user needs. */
interface UserApis {
  readonly tools: ToolsApi;
  readonly connectedAccounts: ConnectedAccountsApi;
}

/** The client bound to one end user: every call is made as this user, whatever its arguments say. */
export class GatehouseUser implements BoundUser {
  readonly #gatehouse: UserApis;
  readonly #options: UserOptions;

  /** @internal */
  constructor(
    gatehouse: UserApis,
    /** Your own name for the end user. */
    readonly identifier: string,
    options: UserOptions,
  ) {
    if (typeof identifier !== 'string' || identifier.trim() === '')
      throw new TypeError('identifier: must be your own name for the end user');
    this.#gatehouse = gatehouse;
    this.#options = options;
  }

  /** The tools that this user may call right now; under `excluded` those that can't be called, each with why. */
  listScopedTools(options: ListScopedToolsOptions = {}): Paged<ScopedToolPage, ScopedTool> {
    return this.#gatehouse.tools.listScopedTools(this.identifier, options);
  }

  /** The tools that this user could have by connecting. */
  listAvailableTools(options: PageOptions = {}): Paged<AvailableToolPage, Tool> {
    return this.#gatehouse.tools.listAvailableTools(this.identifier, options);
  }

  /** Runs a tool as this user. */
  executeTool(call: ToolCall, options: CallOptions = {}): Promise<ToolResult> {
    const { organizationId, agentRunId } = this.#options;
    // the user comes last: nothing in the call can name another one
    return this.#gatehouse.tools.executeTool(
      { agentRunId, ...call, organizationId, identifier: this.identifier },
      options,
    );
  }

  /** The link by which this user connects, or connects again. */
  connectLink(target: ConnectTarget, request: ConnectLinkOptions = {}, options: CallOptions = {}): Promise<MagicLink> {
    const { state, userVerifyUrl } = request;
    const which = typeof target === 'string' ? { connector: target } : { id: target.connectedAccountId };
    return this.#gatehouse.connectedAccounts.getMagicLinkForConnectedAccount(
      { ...which, state, userVerifyUrl, ...this.#selector() },
      options,
    );
  }

  /** This user's account on a connection. Throws `account_not_found`. */
  connectedAccount(connector: string, options: CallOptions = {}): Promise<ConnectedAccount> {
    return this.#gatehouse.connectedAccounts.getConnectedAccount({ connector, ...this.#selector() }, options);
  }

  /** This user's accounts. */
  listConnectedAccounts(
    options: Omit<ListConnectedAccountsOptions, 'identifier' | 'organizationId' | 'query'> = {},
  ): Paged<ConnectedAccountPage, ConnectedAccount> {
    return this.#gatehouse.connectedAccounts.listConnectedAccounts({ ...options, ...this.#selector() });
  }

  #selector(): { identifier: string; organizationId: string | undefined } {
    return { identifier: this.identifier, organizationId: this.#options.organizationId };
  }
}
