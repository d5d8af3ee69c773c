import { AppError, type ErrorCode } from '#app/kernel';
import type { Connector, ConnectorFailure } from '#app/connector-kit';
import type { Decision } from '#app/policy';
import type { ToolCall } from './tool-call.js';

export const toolNotFound = (name: string): AppError =>
  new AppError(
    'tool_not_found',
    `There is no tool named ${JSON.stringify(name.slice(0, 100))}. GET /api/v1/tools lists them.`,
  );

export const noConnection = ({ connection = '' }: ToolCall): AppError =>
  new AppError(
    'not_found',
    `There is no connection ${JSON.stringify(connection.slice(0, 100))}. GET /api/v1/connections lists them.`,
  );

/** A request of the caller's own to where the provider issues and revokes authorizations. */
export const authEndpoint = ({ name }: Connector): AppError =>
  new AppError(
    'policy_denied',
    `Authorizations of ${name} are made and revoked by Gatehouse only. Nothing was sent to the provider.`,
    { details: { rule: 'proxy.auth_endpoint' } },
  );

export const denied = (decision: Exclude<Decision, { effect: 'allow' }>): AppError =>
  new AppError(decision.code, decision.reason, {
    details: {
      rule: decision.rule,
      ...(decision.missingScopes ? { missing_scopes: [...decision.missingScopes] } : {}),
    },
  });

export const accountNotActive = (status: string, reason: string | null, connectUrl: string | null): AppError => {
  const how =
    connectUrl === null
      ? 'Make a link with POST /api/v1/connected_accounts/magic_link and let the user open it.'
      : 'Let the user open connect_url, or make a link with POST /api/v1/connected_accounts/magic_link.';
  const details = { account_status: status, ...(connectUrl === null ? {} : { connect_url: connectUrl }) };
  const why = reason === null ? '' : ` (${reason})`;
  return new AppError(
    'account_not_active',
    `The connected account is ${status}${why}. The user must connect it. ${how}`,
    { details },
  );
};

/** The provider refused a credential in the place of which there is another one by now. */
export const credentialReplaced = (): AppError =>
  new AppError(
    'conflict',
    'The provider refused a credential that has been replaced meanwhile. Nothing was done; try again.',
  );

/** Codes of the connector engine that are not error codes of ours. `auth_*` become `account_not_active` with a connect link. */
const FAILURE_CODES: Partial<Record<ConnectorFailure['code'], ErrorCode>> = { aborted: 'timeout' };

export function fromFailure(failure: ConnectorFailure): AppError {
  const code = FAILURE_CODES[failure.code] ?? (failure.code as ErrorCode);
  const { upstreamStatus, retryAfterSeconds, detail, errors } = failure;
  return new AppError(code, failure.message, {
    cause: failure,
    errors,
    details: {
      ...(upstreamStatus === null ? {} : { provider_status: upstreamStatus }),
      ...(retryAfterSeconds === null ? {} : { retry_after: retryAfterSeconds }),
      ...(typeof detail['scope'] === 'string' ? { missing_scopes: [detail['scope']] } : {}),
      ...(typeof detail['provider_code'] === 'string' ? { provider_code: detail['provider_code'] } : {}),
      ...(typeof detail['provider_request_id'] === 'string'
        ? { provider_request_id: detail['provider_request_id'] }
        : {}),
    },
  });
}

export const outcomeNotRecorded = (readOnly: boolean, cause: unknown): AppError =>
  readOnly
    ? new AppError(
        'not_available',
        'The result could not be recorded in the audit trail, so it is withheld. Try again.',
        { cause },
      )
    : new AppError(
        'unknown_outcome',
        'The provider accepted the write, but its result could not be recorded. Read the object before you try again.',
        { cause },
      );
