import type { CancelSignal, Clock, JsonObject } from '#app/kernel';
import type { Connector, ToolDefinition, ToolOutput } from '../connector.js';
import { resolveParams } from '../endpoints/resolve-params.js';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { describeFailure } from '../failure/describe-failure.js';
import { valueAt } from '../json/json-path.js';
import { isJsonObject } from '../json/json-values.js';
import type { Principal } from '../principal.js';
import type { ProviderHttp } from '../provider-http.js';
import type { Scope } from '../template/scope.js';
import { UnusableValue } from '../template/unusable-value.js';
import type { TextOutlet } from '../text/text-outlet.js';
import { collectPages } from './paginate.js';
import { ProviderSession } from './provider-session.js';
import type { Sleep } from './retry-policy.js';
import { runSteps } from './run-steps.js';

export interface RunToolOptions {
  readonly connector: Connector;
  readonly tool: ToolDefinition;
  /** As `validateArguments` returned them. */
  readonly args: JsonObject;
  readonly account: { readonly params: JsonObject; readonly principal: Principal };
  readonly http: ProviderHttp;
  readonly clock: Clock;
  /** Milliseconds since the epoch: all requests, retries and waits end before it. */
  readonly deadline: number;
  readonly signal?: CancelSignal;
  /** For tests; real time otherwise. */
  readonly sleep?: Sleep;
}

export interface ToolResult {
  readonly data: JsonObject;
  /** Status of the last answer. */
  readonly upstreamStatus: number;
  /** Requests sent, retries and steps included. */
  readonly upstreamRequests: number;
}

/**
 * Runs one tool as one user of the provider.
 *
 * @throws ConnectorFailure with a message fit for the caller; whatever else `http` throws passes through
 */
export async function runTool(options: RunToolOptions): Promise<ToolResult> {
  const { connector, tool, clock } = options;
  const session = new ProviderSession({
    ...options,
    identityDraft: () => connector.auth.identity.request.draft(start),
  });
  const start = scopeOf(options, clock.now(), session.outlet);
  try {
    const scope = tool.plan.steps.length === 0 ? start : await runSteps(session, tool.plan.steps, start);
    const { data, status } = await runRequest(session, options, scope);
    return { data, upstreamStatus: status, upstreamRequests: session.requests };
  } catch (error) {
    const failure = error instanceof UnusableValue ? unusable(error) : error;
    if (failure instanceof ConnectorFailure) failure.upstreamRequests = session.requests;
    throw failure;
  }
}

function scopeOf({ connector, args, account }: RunToolOptions, now: number, outlet: TextOutlet): Scope {
  const { principal } = account;
  const { params, vars } = resolveFor(connector, account);
  return { args, account: { principal }, params, vars, steps: {}, now, outlet };
}

interface Resolved extends Pick<Scope, 'params' | 'vars'> {
  readonly connector: Connector;
  readonly given: JsonObject;
}

/** By principal: for as long as an account is remembered, the objects that make it up stay the same. */
const resolvedFor = new WeakMap<Principal, Resolved>();

function resolveFor(connector: Connector, { params: given, principal }: RunToolOptions['account']): Resolved {
  const known = resolvedFor.get(principal);
  if (known !== undefined && known.given === given && known.connector === connector) return known;
  const resolved = { ...resolveParams(connector, { ...given, ...principal.params }), connector, given };
  resolvedFor.set(principal, resolved);
  return resolved;
}

type Outcome = { readonly data: JsonObject; readonly status: number };

async function runRequest(session: ProviderSession, options: RunToolOptions, scope: Scope): Promise<Outcome> {
  const { connector, tool, args } = options;
  const { request, output } = tool.plan;
  const draft = request.draft(scope);
  if (output.kind === 'list') {
    const pages = await collectPages(session, connector, request, draft, output.pagination, args);
    const items = pages.items.map((item) => output.project(item, scope));
    return {
      data: { [output.name]: items, total_count: pages.total, next_cursor: pages.nextCursor },
      status: pages.status,
    };
  }
  const { body, status } = await session.call(request, draft);
  requireFields(output, body, { connector, write: request.write, status });
  const data = output.project(body, scope);
  return { data: isJsonObject(data) ? data : { value: data }, status };
}

/** A success that lacks what every success has isn't one that can be read. */
function requireFields(
  output: Extract<ToolOutput, { kind: 'value' }>,
  body: unknown,
  { connector, write, status }: { connector: Connector; write: boolean; status: number },
): void {
  const missing = output.required.find((path) => (valueAt(body, path) ?? null) === null);
  if (missing === undefined) return;
  const code = write ? 'unknown_outcome' : 'provider_error';
  throw new ConnectorFailure(
    code,
    `${describeFailure(code, connector.name)} Its answer has no “${missing.join('.')}”.`,
    {
      upstreamStatus: status,
    },
  );
}

function unusable(error: UnusableValue): ConnectorFailure {
  const name = error.variable?.replace(/^args\./, '') ?? 'An argument';
  return new ConnectorFailure('invalid_arguments', `\`${name}\` ${error.message}.`, {
    errors: [{ field: `params.${name}`, message: `${error.message}.` }],
    cause: error,
  });
}
