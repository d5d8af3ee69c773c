import type { Json } from '#app/kernel';
import { isJsonObject, textOf } from '../json/json-values.js';
import type { HttpManifest, RequestManifest } from '../manifest/manifest.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import { compileTemplate } from '../template/compile-template.js';
import type { Render, Scope } from '../template/scope.js';
import type { Variables } from '../template/variables.js';
import type { ProviderRequest } from '../provider-http.js';
import { compilePath, type PathPlan } from './path-plan.js';

/** A request before it is written out, so that pagination can still add to it. */
export interface RequestDraft {
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly body: Json | undefined;
}

/** A request template, compiled. */
export interface RequestPlan {
  readonly path: PathPlan;
  readonly write: boolean;
  draft(scope: Scope): RequestDraft;
  finish(draft: RequestDraft): ProviderRequest;
}

const JSON_TYPE = 'application/json';

/** Compiles a request. `write` says whether sending it twice may do something twice: search by POST does not. */
export function compileRequest(
  raw: RequestManifest,
  settings: { http: HttpManifest; write: boolean },
  variables: Variables,
  place: ManifestPlace,
): RequestPlan {
  const path = compilePath(raw.path, variables, place.at('path'));
  const query = compileQuery(raw.query ?? {}, variables, place.at('query'));
  const body = raw.body === undefined ? undefined : compileTemplate(raw.body, variables, place.at('body'));
  const headers = lowerCaseNames(settings.http.headers ?? {});
  return {
    path,
    write: settings.write,
    draft: (scope) => ({ path: path.render(scope), query: query(scope), body: body?.(scope) }),
    finish: (draft) => ({
      method: raw.method,
      path: draft.path,
      query: draft.query,
      headers,
      write: settings.write,
      ...(draft.body === undefined ? {} : { body: { contentType: JSON_TYPE, text: JSON.stringify(draft.body) } }),
    }),
  };
}

function compileQuery(
  raw: Readonly<Record<string, Json>>,
  variables: Variables,
  place: ManifestPlace,
): (scope: Scope) => [string, string][] {
  const fields = Object.entries(raw).map(([name, value]): [string, Render] => {
    if (isJsonObject(value) && value.$if === undefined && value.$switch === undefined) {
      throw place.at(name).error('A query parameter cannot be an object.', 'Give a text, a number or true/false.');
    }
    return [name, compileTemplate(value, variables, place.at(name))];
  });
  return (scope) =>
    fields.flatMap(([name, render]): [string, string][] => {
      const value = render(scope);
      return value === undefined || value === null ? [] : [[name, textOf(value)]];
    });
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
