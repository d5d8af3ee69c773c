import { AppError, type FieldError } from '#app/kernel';
import {
  ConnectorRegistry,
  isReading,
  requestTool,
  validateArguments,
  type CallableTool,
  type Connector,
} from '#app/connector-kit';
import { ConnectedAccountsService, type AccountForCall } from '#app/oauth';
import { decide, decideForCaller, type Decision } from '#app/policy';
import { Injectable } from '@nestjs/common';
import { ClientRateLimit } from './client-rate-limit.js';
import type { Execution } from './execution.js';
import { accountFacts, callerFacts } from './policy-facts.js';
import { ReconnectLink } from './reconnect-link.js';
import { isAuthEndpoint } from './proxy/auth-endpoint.js';
import type { ToolCall } from './tool-call.js';
import { accountNotActive, authEndpoint, denied, noConnection, toolNotFound } from './tool-errors.js';

/** Steps 1 to 3: resolve, validate, decide. Throws the refusal; what was found out until then stays in the execution. */
@Injectable()
export class CallPreparation {
  constructor(
    private readonly registry: ConnectorRegistry,
    private readonly accounts: ConnectedAccountsService,
    private readonly links: ReconnectLink,
    private readonly limit: ClientRateLimit,
  ) {}

  async prepare(execution: Execution): Promise<void> {
    const { connector, tool } = this.resolveTool(execution);
    const caller = callerFacts(execution.ctx, tool, execution.call.toolset);
    refuseIfDenied(decideForCaller(caller));
    this.validate(execution, tool);
    const account = await this.resolveAccount(execution, connector);
    if (account.status !== 'ACTIVE' || account.connectionStatus !== 'enabled')
      await this.refuseUnusable(execution, account);
    refuseIfDenied(decide({ ...caller, ...accountFacts(connector, tool, account) }));
    const { proxied } = execution.call;
    if (proxied && isAuthEndpoint(connector, account, proxied.request.path)) throw authEndpoint(connector);
  }

  private resolveTool(execution: Execution): { connector: Connector; tool: CallableTool } {
    const preparedBefore = execution.tool !== null;
    const found = this.findTool(execution.call);
    execution.tool = found?.tool ?? null;
    if (!preparedBefore) this.limit.take(execution.ctx);
    if (found === null)
      throw execution.call.proxied ? noConnection(execution.call) : toolNotFound(execution.call.toolName);
    execution.connector = found.connector;
    return found;
  }

  private findTool({ toolName, proxied }: ToolCall): { connector: Connector; tool: CallableTool } | null {
    if (proxied === undefined) return this.registry.findTool(toolName);
    const connector = proxied.connector === null ? null : this.registry.get(proxied.connector);
    return connector && { connector, tool: requestTool(connector, !isReading(proxied.request.method)) };
  }

  private validate(execution: Execution, tool: CallableTool): void {
    const checked = validateArguments(tool, execution.call.params);
    if (!checked.ok) throw invalidArguments(tool, checked.errors);
    execution.args = checked.args;
  }

  private async resolveAccount(execution: Execution, connector: Connector): Promise<AccountForCall> {
    const { connectedAccountId, identifier, connection, organizationId } = execution.call;
    const selector = { connectedAccountId, identifier, connection, organizationId };
    execution.account = await this.accounts.resolveForCall(execution.ctx, selector, connector.id);
    return execution.account;
  }

  private async refuseUnusable(execution: Execution, account: AccountForCall): Promise<never> {
    if (account.connectionStatus !== 'enabled')
      throw new AppError(
        'policy_denied',
        `The connection ${account.connectionName} is disabled. Nothing was sent to the provider.`,
        {
          details: { rule: 'connection.disabled' },
        },
      );
    const connectUrl = await this.links.forAccount(execution.ctx, account);
    throw accountNotActive(account.status, account.statusReason, connectUrl);
  }
}

function refuseIfDenied(decision: Decision): void {
  if (decision.effect === 'deny') throw denied(decision);
}

const invalidArguments = (tool: CallableTool, errors: readonly FieldError[]): AppError => {
  const first = errors[0];
  const what = first === undefined ? '' : ` ${first.field}: ${first.message}`;
  return new AppError('invalid_arguments', `The arguments of ${tool.name} are not valid.${what}`, { errors });
};
