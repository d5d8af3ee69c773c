import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { DatabaseSetupError } from '../database-setup-error.js';

/** The account of the system that Postgres runs as when we ourselves are root, which it refuses to be. */
export interface RunAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom to run Postgres as. Null means: as ourselves.
 *
 * As root: the owner of the first of the given paths that exists and isn't root's, then `postgres`, then `nobody`.
 * initdb insists that the account has an entry in the user database.
 *
 * @param ownedPaths data folders, the most specific first; they need not exist
 */
export function chooseAccount(ownedPaths: readonly string[]): RunAccount | null {
  if (process.getuid?.() !== 0) {
    assertOwnEntry();
    return null;
  }
  const accounts = readAccounts();
  const owners = ownedPaths.map(ownerOf).filter((uid) => uid !== null && uid !== 0);
  const byOwner = owners.map((uid) => accounts.find((account) => account.uid === uid));
  const byName = ['postgres', 'nobody'].map((name) => accounts.find((account) => account.name === name));
  const account = [...byOwner, ...byName].find((candidate) => candidate !== undefined);
  if (account !== undefined) return account;
  throw new DatabaseSetupError(
    'Postgres refuses to run as root, and this system has no account "postgres" or "nobody" in /etc/passwd to run it as. ' +
      'Add one, start Gatehouse as another user, or point DATABASE_URL to a Postgres server.',
  );
}

function assertOwnEntry(): void {
  try {
    userInfo();
  } catch (error) {
    throw new DatabaseSetupError(
      `The account with uid ${process.getuid?.()} that runs Gatehouse has no entry in /etc/passwd, which the embedded ` +
        'Postgres needs. Run as an account that has one, or point DATABASE_URL to a Postgres server.',
      { cause: error },
    );
  }
}

function readAccounts(): RunAccount[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter((account) => account.uid > 0);
}

export function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null;
}
