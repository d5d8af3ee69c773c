import type { OwnerQuery } from '#app/database';

/**
 * Tells the database for how many days the trail is kept. It is the owner's to say: until then the logins that serve requests
 * can have no partition dropped, whatever they ask for.
 */
export const keepAuditFor =
  (days: number) =>
  (owner: OwnerQuery): Promise<void> =>
    owner('UPDATE audit_retention SET days = $1 WHERE days <> $1', [days]);
