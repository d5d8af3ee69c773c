import type { ConnectionEntity } from '../entities/connection.entity.js';

/** What decides where the secret of a connection's OAuth app is sent, and whose it is. */
type AppIdentity = Pick<ConnectionEntity, 'connector' | 'oauthClientId' | 'params' | 'endpoints'>;

/** Whether two states of a connection stand for the same OAuth app at the same place. */
export const isSameApp = (a: AppIdentity, b: AppIdentity): boolean =>
  a.connector === b.connector &&
  a.oauthClientId === b.oauthClientId &&
  sameJson(a.params, b.params) &&
  sameJson(a.endpoints, b.endpoints);

/** Whether two flat objects hold the same, in any order; what is undefined is absent. */
export const sameJson = (a: object, b: object): boolean => canonical(a) === canonical(b);

const canonical = (value: object): string =>
  JSON.stringify(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
