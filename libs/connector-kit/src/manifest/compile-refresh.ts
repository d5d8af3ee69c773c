import type { RefreshSettings, TokenMap } from '../connector.js';
import { compileCondition, type ErrorAnswer } from '../failure/error-rules.js';
import { valueAt } from '../json/json-path.js';
import { compileText } from '../template/compile-template.js';
import type { Variables } from '../template/variables.js';
import { compileTokenMap } from './compile-token-map.js';
import type { OAuth2Manifest, RefreshErrorManifest, RefreshVerdict } from './manifest.js';
import type { ManifestPlace } from './manifest-error.js';

const DAY_MS = 86_400_000;

/** Compiles `refresh`; null without one. */
export function compileRefresh(
  auth: OAuth2Manifest,
  tokenMap: TokenMap,
  variables: Variables,
  place: ManifestPlace,
): RefreshSettings | null {
  const { refresh, token, expiry } = auth;
  if (refresh === undefined) return null;
  if (expiry === 'never')
    throw place.error('A credential that never expires is never refreshed.', 'Remove it, or change expiry.');
  return {
    rotates: refresh.rotates,
    graceMs: (refresh.graceSeconds ?? 0) * 1000,
    endsAccessToken: refresh.endsAccessToken ?? false,
    idleMs: refresh.idleDays === undefined ? null : refresh.idleDays * DAY_MS,
    scopeParam: refresh.scopeParam ?? null,
    extra: refresh.extra ?? {},
    headers: refresh.headers ?? token.headers ?? {},
    map: refresh.map === undefined ? tokenMap : compileTokenMap(refresh.map, place.at('map')),
    renderUrl: compileText(refresh.url ?? token.url, variables, place.at('url')),
    judge: compileJudge(refresh.errors ?? [], place.at('errors')),
  };
}

function compileJudge(rules: readonly RefreshErrorManifest[], place: ManifestPlace): RefreshSettings['judge'] {
  const compiled = rules.map(({ when, means }, index) => ({
    means,
    matches: compileCondition(when, place.at(index, 'when')),
  }));
  return (answer) => compiled.find(({ matches }) => matches(answer))?.means ?? standardVerdict(answer);
}

/** What says that the app is wrong: RFC 6749, section 5.2. */
const APP_ERRORS: readonly unknown[] = [
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_request',
  'invalid_scope',
];

/**
 * RFC 6749, section 5.2. An authorization is given up on the provider's clear word only: a page of a firewall, or a code that
 * nobody knows, is taken for a provider that does not work.
 */
function standardVerdict({ status, body }: ErrorAnswer): RefreshVerdict | null {
  if (status >= 200 && status < 300) return null;
  if (status === 429 || status >= 500) return 'outage';
  const error = valueAt(body, ['error']);
  if (error === 'invalid_grant') return 'dead_grant';
  return APP_ERRORS.includes(error) || status === 401 ? 'app_refused' : 'outage';
}
