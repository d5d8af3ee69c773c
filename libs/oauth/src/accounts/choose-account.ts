import type { AccountForCall, AccountSelector } from './connected-account.js';
import { accountNotFound, ambiguous, quote } from '../oauth.errors.js';

/**
 * Which of the accounts that an identifier (or an id) leads to is meant. `connection` is a connection's name; failing that, the
 * connector's id stands for its only connection. Throws `account_not_found`, or `invalid_arguments` naming the candidates.
 */
export function chooseAccount(
  candidates: readonly AccountForCall[],
  selector: AccountSelector,
  connectorId: string,
): AccountForCall {
  const fitting = candidates.filter((each) => each.connector === connectorId && fitsName(each, selector, candidates));
  const [only] = fitting;
  if (only === undefined) throw accountNotFound(describe(selector, connectorId));
  if (fitting.length > 1)
    throw ambiguous(
      'connector',
      `${quote(selector.identifier ?? '')} has several connected accounts of ${connectorId}.`,
      fitting.map((each) => each.connectionName).toSorted(),
    );
  return only;
}

function fitsName(account: AccountForCall, { connection }: AccountSelector, all: readonly AccountForCall[]): boolean {
  if (connection === undefined || account.connectionName === connection) return true;
  return account.connector === connection && !all.some((each) => each.connectionName === connection);
}

function describe({ connectedAccountId, identifier, connection }: AccountSelector, connectorId: string): string {
  const whose = connectedAccountId === undefined ? `of ${quote(identifier ?? '')}` : quote(connectedAccountId);
  return `${whose} on ${connection === undefined ? `a connection of ${connectorId}` : quote(connection)}`;
}
