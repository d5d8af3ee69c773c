import { AuditTrail } from '#app/audit';
import { APP_CONFIG, type AppConfig } from '#app/config';
import {
  ConnectorFailure,
  runTool,
  sendRequest,
  type ProviderHttp,
  type ProviderRequest,
  type ToolResult,
} from '#app/connector-kit';
import { AppError, CLOCK, type Clock, type JsonObject } from '#app/kernel';
import { ConnectedAccountsService, CredentialLease, type LeasedHttp } from '#app/oauth';
import { Inject, Injectable } from '@nestjs/common';
import { fencedBy } from './call-fence.js';
import type { ReadyExecution } from './execution.js';
import { accountNotActive, credentialReplaced, fromFailure } from './tool-errors.js';
import { recheckAdmission } from './recheck-admission.js';
import { ReconnectLink } from './reconnect-link.js';

/** What a call came to: the projected answer, or the error for the caller. */
export interface CallOutcome {
  readonly data: JsonObject | null;
  readonly error: AppError | null;
  /** HTTP status of the provider's last answer, when there was one. */
  readonly upstreamStatus: number | null;
  readonly upstreamRequests: number;
}

/** The client that a call was made with, once there is one. */
interface UsedClient {
  http: LeasedHttp | null;
}

/** Steps 5 and 6: the credential becomes an authorised client, and the connector engine calls the provider through it. */
@Injectable()
export class ProviderCall {
  constructor(
    private readonly lease: CredentialLease,
    private readonly accounts: ConnectedAccountsService,
    private readonly links: ReconnectLink,
    private readonly audit: AuditTrail,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Never throws: whatever happens after admission is an outcome that has to be recorded. */
  async call(execution: ReadyExecution): Promise<CallOutcome> {
    const used: UsedClient = { http: null };
    try {
      const output = await this.run(execution, used);
      return {
        data: output.data,
        error: null,
        upstreamStatus: output.upstreamStatus,
        upstreamRequests: output.upstreamRequests,
      };
    } catch (cause) {
      const failure = cause instanceof ConnectorFailure ? cause : null;
      const error = failure === null ? unexpected(cause) : await this.explain(execution, failure, used);
      return {
        data: null,
        error,
        upstreamStatus: failure?.upstreamStatus ?? null,
        upstreamRequests: failure?.upstreamRequests ?? 0,
      };
    }
  }

  private async run(execution: ReadyExecution, used: UsedClient): Promise<ToolResult> {
    const { ctx, connector, tool, account, args, startedAt } = execution;
    const deadline = startedAt + this.config.tools.deadlineMs;
    const leased = await this.lease.authorise(ctx, account, deadline);
    used.http = leased;
    const on = fencedBy(execution);
    const http = recheckAdmission(leased, () => this.audit.refusalOf(on));
    if (tool.plan === null) return this.sendProxied(execution, http, deadline);
    const principal = account.principal;
    if (principal === null) throw new AppError('internal', 'The account is active but its identity is not stored.');
    return runTool({
      connector,
      tool,
      args,
      account: { params: account.params, principal },
      http,
      clock: this.clock,
      deadline,
      // a write whose caller has gone is let finish, so that its outcome is known and recorded
      ...(tool.annotations.readOnly && ctx.signal ? { signal: ctx.signal } : {}),
    });
  }

  /** The answer is for the caller; the pipeline sees what it amounts to. */
  private async sendProxied(
    { ctx, connector, call, tool, account }: ReadyExecution,
    http: ProviderHttp,
    deadline: number,
  ): Promise<ToolResult> {
    const exchange = call.proxied;
    if (exchange === undefined) throw new Error('The call has no request of its own');
    const { method, path, query, headers, body } = exchange.request;
    const request: ProviderRequest = {
      method,
      path,
      query,
      headers: { ...lowerCased(connector.http.headers), ...headers },
      write: !tool.annotations.readOnly,
      ...(body === null ? {} : { body: { contentType: body.contentType, text: body.bytes } }),
    };
    const params = { ...account.params, ...account.principal?.params };
    const signal = tool.annotations.readOnly && ctx.signal ? { signal: ctx.signal } : {};
    const sent = await sendRequest({ connector, request, params, http, clock: this.clock, deadline, ...signal });
    exchange.receive(sent.answer, sent.failure !== null);
    if (sent.failure !== null) throw sent.failure;
    const { status, headers: answered, body: received } = sent.answer;
    return {
      data: { status, content_type: answered['content-type'] ?? null, body_bytes: received.length },
      upstreamStatus: status,
      upstreamRequests: sent.upstreamRequests,
    };
  }

  private async explain(
    { ctx, account }: ReadyExecution,
    failure: ConnectorFailure,
    { http }: UsedClient,
  ): Promise<AppError> {
    if (failure.code !== 'auth_revoked' && failure.code !== 'auth_expired') return fromFailure(failure);
    const loss = failure.code === 'auth_expired' ? 'EXPIRED' : 'DISCONNECTED';
    const { id, version } = account;
    const refused = { id, version, generation: http?.generation ?? null };
    const status = await this.accounts.markRevokedByProvider(ctx, refused, failure.message, loss);
    if (status === 'ACTIVE') return credentialReplaced();
    return accountNotActive(status, failure.message, await this.links.forAccount(ctx, account));
  }
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function unexpected(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('internal', 'Something went wrong on our side while the provider was called.', { cause });
}
