import type { Json } from '#app/kernel';
import { parseJsonPath, valueAt, type JsonPath } from '../json/json-path.js';
import { isJsonList } from '../json/json-values.js';
import type { ErrorDetailManifest, ErrorRuleManifest } from '../manifest/manifest.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { cleanLine } from '../text/clean-text.js';
import type { Redact } from '../text/text-outlet.js';
import type { ProviderFailureCode } from './connector-failure.js';

/** An answer that is not a success. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null when the body wasn't JSON. */
  readonly body: Json;
  /** For every text of it that a failure quotes. */
  readonly redact: Redact;
}

/** What a rule made of an answer. */
export interface ErrorVerdict {
  readonly code: ProviderFailureCode;
  readonly probe: boolean;
  readonly followLink: string | null;
  /** The scope that the provider said is missing. */
  readonly scope: string | null;
}

export interface ErrorDetail {
  readonly message: string | null;
  readonly code: string | null;
  readonly field: string | null;
  readonly requestId: string | null;
}

/** Whether an answer is what a condition of the manifest describes. */
export type Condition = (answer: ErrorAnswer) => boolean;

export interface ErrorRules {
  classify(answer: ErrorAnswer): ErrorVerdict;
  describe(answer: ErrorAnswer): ErrorDetail;
}

/** Matches, with what it captured by name, or null. */
type Matcher = (answer: ErrorAnswer) => Readonly<Record<string, string>> | null;

const HOW_TO =
  'Write status, body.<path> or header.<name>, with a value, a list of values, or a “/regular expression/”.';

/**
 * Compiles `errors` and `errorDetail`. The first rule that matches decides; without one, the status alone does.
 *
 * @param refreshable whether a refusal of the credential may just mean that it is due for a refresh
 */
export function compileErrorRules(
  rules: readonly ErrorRuleManifest[],
  detail: ErrorDetailManifest,
  refreshable: boolean,
  place: ManifestPlace,
): ErrorRules {
  const compiled = rules.map((rule, index) => ({
    rule,
    matchers: compileWhen(rule.when, place.at('errors', index, 'when')),
  }));
  return {
    classify(answer) {
      for (const { rule, matchers } of compiled) {
        const captured = matchAll(matchers, answer);
        if (captured !== null) return verdictOf(rule, captured, answer.redact);
      }
      const code = refreshable && answer.status === 401 ? 'auth_expired' : codeOfStatus(answer.status);
      return { code, probe: false, followLink: null, scope: null };
    },
    describe: compileDetail(detail, place.at('errorDetail')),
  };
}

/** Compiles one `when`. */
export function compileCondition(when: ErrorRuleManifest['when'], place: ManifestPlace): Condition {
  const matchers = compileWhen(when, place);
  return (answer) => matchAll(matchers, answer) !== null;
}

const compileWhen = (when: ErrorRuleManifest['when'], place: ManifestPlace): Matcher[] =>
  Object.entries(when).map(([key, expected]) => compileMatcher(key, expected, place.at(key)));

function verdictOf(rule: ErrorRuleManifest, captured: Readonly<Record<string, string>>, redact: Redact): ErrorVerdict {
  const scope = captured.scope === undefined ? null : cleanLine(captured.scope, 100, redact);
  return { code: rule.code, probe: rule.probe ?? false, followLink: rule.followLink ?? null, scope };
}

function matchAll(matchers: readonly Matcher[], answer: ErrorAnswer): Readonly<Record<string, string>> | null {
  const found: Record<string, string> = {};
  for (const matcher of matchers) {
    const captured = matcher(answer);
    if (captured === null) return null;
    Object.assign(found, captured);
  }
  return found;
}

function compileMatcher(key: string, expected: Json, place: ManifestPlace): Matcher {
  const read = compileReader(key, place);
  const regex = typeof expected === 'string' ? /^\/(.+)\/$/.exec(expected)?.[1] : undefined;
  if (regex !== undefined) return matchRegex(read, compileRegex(regex, place));
  const values = isJsonList(expected) ? expected : [expected];
  return (answer) => (values.includes(read(answer) ?? null) ? {} : null);
}

function compileReader(key: string, place: ManifestPlace): (answer: ErrorAnswer) => Json | undefined {
  if (key === 'status') return ({ status }) => status;
  const [, kind, rest = ''] = /^(body|header)\.(.+)$/.exec(key) ?? [];
  if (kind === 'header') return ({ headers }) => headers[rest.toLowerCase()];
  const path = kind === 'body' ? parseJsonPath(`$.${rest}`) : null;
  if (path === null) throw place.error(`“${key}” is nothing that an answer has.`, HOW_TO);
  return ({ body }) => valueAt(body, path);
}

function compileRegex(source: string, place: ManifestPlace): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw place.error(`“${source}” is not a regular expression.`, HOW_TO, error);
  }
}

function matchRegex(read: (answer: ErrorAnswer) => Json | undefined, regex: RegExp): Matcher {
  return (answer) => {
    const value = read(answer);
    // Long texts are cut before they meet an expression of ours; redacted before that, since it may capture a part.
    const match = typeof value === 'string' ? regex.exec(answer.redact(value).slice(0, 2000)) : null;
    return match === null ? null : { ...match.groups };
  };
}

/** What a status means when no rule says otherwise. */
export function codeOfStatus(status: number): ProviderFailureCode {
  if (status === 400 || status === 422) return 'invalid_arguments';
  if (status === 401) return 'auth_revoked';
  if (status === 403) return 'forbidden_by_provider';
  if (status === 404 || status === 410) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 429) return 'provider_rate_limited';
  if (status === 408 || status === 504) return 'timeout';
  return 'provider_error';
}

function compileDetail(detail: ErrorDetailManifest, place: ManifestPlace): ErrorRules['describe'] {
  const path = (name: keyof ErrorDetailManifest): JsonPath | null => {
    const text = detail[name];
    if (text === undefined) return null;
    const parsed = parseJsonPath(text);
    if (parsed === null) throw place.at(name).error(`“${text}” is not a path.`, 'Write “$.errors.0.message”.');
    return parsed;
  };
  const paths = { message: path('message'), code: path('code'), field: path('field'), requestId: path('requestId') };
  return (answer) => ({
    message: shortText(answer, paths.message),
    code: shortText(answer, paths.code),
    field: shortText(answer, paths.field),
    requestId: shortText(answer, paths.requestId),
  });
}

const MAX_DETAIL = 200;
/** A longer text is no sentence but a page, or mostly invisible; cutting it unread could leave half of a credential. */
const MAX_QUOTABLE = 20_000;

function shortText({ body, redact }: ErrorAnswer, path: JsonPath | null): string | null {
  const value = path === null ? undefined : valueAt(body, path);
  if (typeof value !== 'string' || value.length > MAX_QUOTABLE) return null;
  return cleanLine(value, MAX_DETAIL, redact) || null;
}
