import { createHmac } from 'node:crypto';
import pg from 'pg';
import { type DatabaseRole, type Login, urlForLogin } from './connection-url.js';
import { isSqlError } from './database-errors.js';
import { DatabaseSetupError } from './database-setup-error.js';
import { asOwner } from './owner-session.js';
import { TIMEOUTS } from './pool-config.js';
import { scramVerifier } from './scram-verifier.js';

/** Where the two pools connect: as logins that have one role each and no way to any other. */
export interface LoginUrls {
  /** A member of `gatehouse_app`. */
  readonly app: string;
  /** A member of `gatehouse_system`. */
  readonly system: string;
}

/** The server let nobody in: no such login, a wrong password, no right to connect to this database. */
const REFUSED = new Set(['28000', '28P01', '42501']);

interface Place {
  database: string;
  oid: number;
  /** Whether the owner of the tables owns the database too, and so may say who connects to it. */
  owned: boolean;
}

/**
 * The logins of this database, made by its owner when they are not there yet. Every node comes to the same ones: the names carry
 * the number of the database, the passwords are derived from the owner's. Nothing of them is stored but Postgres's verifier.
 *
 * @throws {DatabaseSetupError} when the owner may not make them; says what an administrator has to run
 */
export function openLogins(url: string): Promise<LoginUrls> {
  return asOwner(url, async (owner) => {
    const { rows } = await owner.query<Place>(PLACE);
    const place = rows[0] as Place;
    const open = async (role: DatabaseRole): Promise<string> => {
      const login = loginFor(role, place, owner.password ?? null);
      const loginUrl = urlForLogin(url, login);
      if (!(await letsIn(loginUrl))) await make(owner, role, login, place);
      return loginUrl;
    };
    return { app: await open('gatehouse_app'), system: await open('gatehouse_system') };
  });
}

function loginFor(role: DatabaseRole, { oid, database }: Place, ownersPassword: string | null): Login {
  const user = `${role}_${oid}`;
  // An owner without a password gets logins without one: what can be computed from nothing keeps nobody out.
  if (ownersPassword === null || ownersPassword === '') return { user, password: null };
  const password = createHmac('sha256', ownersPassword)
    .update(`gatehouse login ${user} ${database}`)
    .digest('base64url');
  return { user, password };
}

async function letsIn(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TIMEOUTS.connect });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (isSqlError(error) && REFUSED.has(error.code)) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function make(owner: pg.Client, role: DatabaseRole, login: Login, place: Place): Promise<void> {
  try {
    await owner.query('BEGIN');
    for (const statement of await statementsFor(owner, role, login, place)) await owner.query(statement);
    await owner.query('COMMIT');
  } catch (error) {
    await owner.query('ROLLBACK');
    if (!isSqlError(error) || error.code !== '42501') throw error;
    throw new DatabaseSetupError(remedy(owner.user ?? ''), { cause: error });
  }
}

async function statementsFor(owner: pg.Client, role: DatabaseRole, login: Login, place: Place): Promise<string[]> {
  const { rowCount } = await owner.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login.user]);
  const user = pg.escapeIdentifier(login.user);
  const database = pg.escapeIdentifier(place.database);
  const password = login.password === null ? 'NULL' : pg.escapeLiteral(scramVerifier(login.password));
  return [
    `${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${user} LOGIN PASSWORD ${password}`,
    `GRANT ${role} TO ${user}`,
    // One way only: the owner may end the sessions of its logins.
    `GRANT ${user} TO CURRENT_USER`,
    // Roles belong to the whole server: another installation's logins have no business in this database. And who may make
    // temporary tables could put one in front of a real one, for whoever gets the connection next.
    ...(place.owned
      ? [
          `GRANT CONNECT ON DATABASE ${database} TO ${user}`,
          `REVOKE CONNECT, TEMPORARY ON DATABASE ${database} FROM PUBLIC`,
        ]
      : []),
  ];
}

const remedy = (user: string): string =>
  `The user "${user}" of DATABASE_URL may not make the two logins as which Gatehouse serves requests. Let an administrator run: ` +
  `CREATE ROLE gatehouse_app_login LOGIN PASSWORD '…' IN ROLE gatehouse_app; ` +
  `CREATE ROLE gatehouse_system_login LOGIN PASSWORD '…' IN ROLE gatehouse_system; ` +
  'then set DATABASE_APP_URL and DATABASE_SYSTEM_URL to this database as these two.';

const PLACE = `
  SELECT datname AS database, oid::int AS oid, pg_has_role(datdba, 'USAGE') AS owned FROM pg_database WHERE datname = current_database()`;
