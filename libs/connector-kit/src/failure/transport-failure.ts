import type { Connector } from '../connector.js';
import type { ProviderTransportError, TransportErrorKind } from '../provider-http.js';
import { ConnectorFailure, type ProviderFailureCode } from './connector-failure.js';
import { describeFailure } from './describe-failure.js';

const CODES: Readonly<Record<TransportErrorKind, ProviderFailureCode>> = {
  refused: 'provider_error',
  timeout: 'timeout',
  aborted: 'aborted',
  network: 'provider_error',
  too_large: 'provider_error',
  truncated: 'provider_error',
  redirect: 'provider_error',
};

const DETAILS: Readonly<Partial<Record<TransportErrorKind, string>>> = {
  refused: ' The request was not sent: its address is outside of what is allowed.',
  network: ' The connection failed.',
  too_large: ' Its answer is larger than what is read.',
  truncated: ' Its answer broke off.',
  redirect: ' It sent the request elsewhere, which is not followed.',
};

/**
 * The failure that a transport error stands for. A write that may have reached the provider has an unknown outcome; a redirect
 * is the exception, since it is an answer, and one that says "not here".
 */
export function transportFailure(
  connector: Connector,
  error: ProviderTransportError,
  write: boolean,
): ConnectorFailure {
  const mayBeDone = write && error.sent && error.kind !== 'redirect' && error.kind !== 'refused';
  const code = mayBeDone ? 'unknown_outcome' : CODES[error.kind];
  const more = mayBeDone ? '' : (DETAILS[error.kind] ?? '');
  return new ConnectorFailure(code, describeFailure(code, connector.name) + more, {
    detail: { transport: error.kind, sent: error.sent },
    cause: error,
  });
}
