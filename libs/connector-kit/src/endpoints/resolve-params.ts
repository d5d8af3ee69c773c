import { AppError, type FieldError, type JsonObject } from '#app/kernel';
import type { Connector } from '../connector.js';
import { objectOf, textOf } from '../json/json-values.js';
import type { ParamManifest } from '../manifest/manifest.js';
import type { Scope } from '../template/scope.js';

type Parameterised = Pick<Connector, 'params' | 'vars' | 'name'>;

/** What is wrong with a value for a parameter, as the end of a sentence; null when nothing is. */
export function paramProblem(param: ParamManifest, value: unknown): string | null {
  if (typeof value !== 'string') return 'must be a text.';
  if (param.enum !== undefined && !param.enum.includes(value)) return `must be one of ${param.enum.join(', ')}.`;
  if (param.pattern !== undefined && !new RegExp(param.pattern, 'u').test(value)) {
    return `must match ${param.pattern}.${param.help === undefined ? '' : ` ${param.help}`}`;
  }
  return null;
}

/** What is wrong with the parameters of a connection or account; empty when nothing is. */
export function checkParams(connector: Parameterised, params: JsonObject): FieldError[] {
  const unknown = Object.keys(params).filter((name) => !Object.hasOwn(connector.params, name));
  const known = Object.keys(connector.params).join(', ') || 'none';
  return [
    ...unknown.map((name) => ({ field: name, message: `${connector.name} has no such parameter; known: ${known}.` })),
    ...Object.entries(connector.params).flatMap(([name, param]) => {
      const value = Object.hasOwn(params, name) ? params[name] : param.default;
      if (value === undefined) return param.source === 'user' ? [{ field: name, message: 'is required.' }] : [];
      const problem = paramProblem(param, value);
      return problem === null ? [] : [{ field: name, message: problem }];
    }),
  ];
}

/**
 * The parameters with their defaults, and the variables looked up by them. Other members of `params` are ignored: the account
 * may hold more than this connector's version knows.
 *
 * @throws AppError `invalid_arguments` when a value does not obey the manifest: it might name another host
 */
export function resolveParams(connector: Parameterised, params: JsonObject): Pick<Scope, 'params' | 'vars'> {
  const given = Object.entries(params).filter(([name]) => Object.hasOwn(connector.params, name));
  const errors = checkParams(connector, objectOf(given));
  if (errors.length > 0) {
    throw new AppError('invalid_arguments', `The parameters of ${connector.name} are not valid.`, { errors });
  }
  const defaults = Object.entries(connector.params).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const resolved = objectOf([...defaults, ...given]);
  return { params: resolved, vars: lookUpVars(connector, resolved) };
}

function lookUpVars(connector: Parameterised, params: JsonObject): JsonObject {
  return objectOf(
    Object.entries(connector.vars).flatMap(([name, choices]) => {
      const key = textOf(params[choices.by.slice('params.'.length)]);
      const value = Object.hasOwn(choices, key) ? choices[key] : undefined;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
