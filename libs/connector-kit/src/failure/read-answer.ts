import type { Json, JsonObject } from '#app/kernel';
import type { Connector } from '../connector.js';
import { objectOf } from '../json/json-values.js';
import { parseJson } from '../json/parse-json.js';
import type { ProviderResponse } from '../provider-http.js';
import type { Redact } from '../text/text-outlet.js';
import { ConnectorFailure } from './connector-failure.js';
import { describeFailure } from './describe-failure.js';
import type { ErrorDetail, ErrorVerdict } from './error-rules.js';

/** A successful answer. */
export interface Answer {
  readonly status: number;
  /** Null for an empty body (204). */
  readonly body: Json;
}

/** An answer that ended the attempt, and what may be done about it. */
export interface Refusal {
  readonly failure: ConnectorFailure;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly verdict: ErrorVerdict;
}

const PLAIN: Omit<ErrorVerdict, 'code'> = { probe: false, followLink: null, scope: null };

/**
 * Reads a provider's answer. What isn't a readable success becomes a refusal; for a write it is `unknown_outcome` as soon as the
 * provider may have done it: a 5xx, or a 2xx that cannot be read.
 */
export function readAnswer(
  connector: Connector,
  response: ProviderResponse,
  write: boolean,
  redact: Redact,
): Answer | Refusal {
  const { status, headers } = response;
  const body = readJson(response);
  if (status >= 200 && status < 300) {
    if (body !== undefined) return { status, body };
    return refuse(connector, response, { code: write ? 'unknown_outcome' : 'provider_error', ...PLAIN });
  }
  const answer = { status, headers, body: body ?? null, redact };
  const verdict = connector.errors.classify(answer);
  const mayBeDone = write && (status >= 500 || verdict.code === 'timeout');
  return refuse(
    connector,
    response,
    mayBeDone ? { ...PLAIN, code: 'unknown_outcome' } : verdict,
    connector.errors.describe(answer),
  );
}

function refuse(
  connector: Connector,
  response: ProviderResponse,
  verdict: ErrorVerdict,
  detail?: ErrorDetail,
): Refusal {
  const { status, headers } = response;
  const failure = new ConnectorFailure(
    verdict.code,
    describeFailure(verdict.code, connector.name, detail, verdict.scope),
    {
      upstreamStatus: status,
      detail: publicDetail(detail, verdict.scope),
    },
  );
  return { failure, status, headers, verdict };
}

function publicDetail(detail: ErrorDetail | undefined, scope: string | null): JsonObject {
  const entries: [string, string | null | undefined][] = [
    ['provider_code', detail?.code],
    ['provider_field', detail?.field],
    ['provider_request_id', detail?.requestId],
    ['scope', scope],
  ];
  return objectOf(entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])));
}

/** The JSON of an answer, null when it has no body on purpose, undefined when it can't be read. */
function readJson({ status, headers, body }: ProviderResponse): Json | undefined {
  if (body.length === 0) return status === 204 || status === 205 ? null : undefined;
  const type = headers['content-type'];
  if (type !== undefined && !/^[^;]*[/+]json\b/i.test(type)) return undefined;
  try {
    const value = parseJson(body.toString('utf8').replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
