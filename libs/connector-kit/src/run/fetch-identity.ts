import type { CancelSignal, Clock, Json, JsonObject } from '#app/kernel';
import type { Connector } from '../connector.js';
import { paramProblem, resolveParams } from '../endpoints/resolve-params.js';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { describeFailure } from '../failure/describe-failure.js';
import { isJsonObject, objectOf } from '../json/json-values.js';
import type { Principal } from '../principal.js';
import type { ProviderHttp } from '../provider-http.js';
import { ProviderSession } from './provider-session.js';
import type { Sleep } from './retry-policy.js';

export interface FetchIdentityOptions {
  readonly params: JsonObject;
  /** A way to the provider with the credential whose owner is asked for. */
  readonly http: ProviderHttp;
  readonly clock: Clock;
  readonly deadline: number;
  readonly signal?: CancelSignal;
  readonly sleep?: Sleep;
}

/**
 * Asks the provider who a credential is.
 *
 * @throws ConnectorFailure when it doesn't tell, or leaves out the id or the workspace that the connector keys accounts by
 */
export async function fetchIdentity(connector: Connector, options: FetchIdentityOptions): Promise<Principal> {
  const { identity } = connector.auth;
  const session = new ProviderSession({ connector, ...options, identityDraft: () => draft });
  const scope = {
    args: {},
    account: { principal: null },
    steps: {},
    now: options.clock.now(),
    outlet: session.outlet,
    ...resolveParams(connector, options.params),
  };
  const draft = identity.request.draft(scope);
  const answer = await session.call(identity.request, draft);
  const found = identity.project(answer.body, scope);
  return principalOf(connector, isJsonObject(found) ? found : {}, answer.status);
}

function principalOf(connector: Connector, found: JsonObject, upstreamStatus: number): Principal {
  const id = textOf(found.id);
  const tenant = textOf(found.tenant);
  const missing = connector.auth.identity.required.find((name) => (name === 'id' ? id : tenant) === null);
  if (id === null || missing !== undefined) {
    const message = `${describeFailure('provider_error', connector.name)} It did not say who this user is (no ${missing ?? 'id'}).`;
    throw new ConnectorFailure('provider_error', message, { upstreamStatus });
  }
  const facts = isJsonObject(found.facts) ? found.facts : {};
  const params = isJsonObject(found.params) ? captured(connector, found.params) : {};
  return { id, label: textOf(found.label), tenant, facts, params };
}

function textOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Only values that the manifest allows: a captured host or region decides where the credential goes next. */
function captured(connector: Connector, values: JsonObject): JsonObject {
  return objectOf(
    Object.entries(values).filter(([name, value]) => {
      const param = connector.params[name];
      return param !== undefined && paramProblem(param, value) === null;
    }),
  );
}
