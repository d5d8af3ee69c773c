import type { GatehouseError } from '../gatehouse-error.js';

/** Where our server's sentence speaks to a developer, this one speaks to a model. */
const FOR_A_MODEL: Readonly<Record<string, (error: GatehouseError, link: string | undefined) => string>> = {
  account_not_active: (error, link) =>
    connect(`The user's account is ${error.accountStatus ?? 'not connected'}.`, link),
  account_not_found: (_error, link) => connect('The user has not connected this account yet.', link),
  missing_scope: (error, link) =>
    connect(`The user did not grant what this needs (${error.missingScopes?.join(', ') ?? 'a permission'}).`, link),
};

const connect = (what: string, link: string | undefined): string =>
  link === undefined
    ? `${what} Tell the user that they have to connect it first.`
    : `${what} Show connect_url to the user, and call again once they say that it is done.`;

/** An error as a model gets it: what happened, what to do, and nothing about the server. */
export function errorValue(error: GatehouseError, link: string | undefined): Record<string, unknown> {
  const { code, retryAfter, errors, missingScopes, executionId } = error;
  return {
    code,
    message: FOR_A_MODEL[code]?.(error, link) ?? error.message,
    ...(link === undefined ? {} : { connect_url: link }),
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(errors.length === 0 ? {} : { errors }),
    ...(missingScopes === undefined ? {} : { missing_scopes: missingScopes }),
    ...(executionId === undefined ? {} : { execution_id: executionId }),
  };
}
