import type pg from 'pg';
import type { DatabaseRole } from './connection-url.js';
import { DatabaseSetupError } from './database-setup-error.js';

const OLDEST_MAJOR = 15;
/** From this version on CREATEROLE alone doesn't let a user grant roles that somebody else made. */
const STRICT_GRANTS = 160_000;

interface OwnerFacts {
  version: number;
  user: string;
  superuser: boolean;
  createrole: boolean;
  missing: string[] | null;
  foreign: string[] | null;
}

/** Before migrating: is the server new enough, and may this user make or enter the two roles that everything runs as? */
export async function checkOwner(client: pg.Client): Promise<void> {
  const { rows } = await client.query<OwnerFacts>(OWNER_FACTS);
  const facts = rows[0] as OwnerFacts;
  if (facts.version < OLDEST_MAJOR * 10_000) {
    throw new DatabaseSetupError(
      `The server of DATABASE_URL is PostgreSQL ${Math.floor(facts.version / 10_000)}; Gatehouse needs ${OLDEST_MAJOR} or newer.`,
    );
  }
  if (facts.superuser) return;
  const mayCreate = facts.missing === null || facts.createrole;
  const mayEnter = facts.foreign === null || (facts.createrole && facts.version < STRICT_GRANTS);
  if (mayCreate && mayEnter) return;
  throw new DatabaseSetupError(
    `The user "${facts.user}" of DATABASE_URL may not ${mayCreate ? 'enter' : 'create'} the roles gatehouse_app and gatehouse_system, ` +
      `as which Gatehouse serves requests. Let an administrator of the server run: ${remedy(facts)}`,
  );
}

function remedy({ missing, user }: OwnerFacts): string {
  const create = (missing ?? []).map((role) => `CREATE ROLE ${role} NOLOGIN; `).join('');
  return `${create}GRANT gatehouse_app, gatehouse_system TO "${user}" WITH ADMIN OPTION;`;
}

const OWNER_FACTS = `
  SELECT current_setting('server_version_num')::int AS version, current_user AS user, me.rolsuper AS superuser,
    me.rolcreaterole AS createrole,
    array_agg(wanted) FILTER (WHERE role.oid IS NULL) AS missing,
    array_agg(wanted) FILTER (WHERE role.oid IS NOT NULL AND NOT pg_has_role(role.oid, 'MEMBER')) AS foreign
  FROM pg_roles me, unnest(ARRAY['gatehouse_app', 'gatehouse_system']) wanted LEFT JOIN pg_roles role ON role.rolname = wanted
  WHERE me.rolname = current_user
  GROUP BY me.rolsuper, me.rolcreaterole`;

interface SessionFacts {
  role: string;
  unbound: boolean;
  fsync: string;
  synchronous_commit: string;
}

type Run = (text: string) => Promise<SessionFacts[]>;

/**
 * On a connection that will serve requests: is it the role it should be, bound by row-level security, and does the server keep
 * what it says it has committed? Asked of the session itself, since URL, user and database may each set these.
 */
export async function checkSession(role: DatabaseRole, run: Run): Promise<void> {
  const facts = (await run(SESSION_FACTS))[0] as SessionFacts;
  if (facts.role !== role) {
    throw new DatabaseSetupError(
      `Connections of DATABASE_URL arrive as "${facts.role}" instead of "${role}": something between here and the server drops the ` +
        'startup option "role" (a connection pooler?). Connect to the server itself.',
    );
  }
  if (facts.unbound) {
    throw new DatabaseSetupError(
      `The role "${role}" is a superuser or may bypass row-level security, so tenants would not be kept apart. ` +
        `Let an administrator run: ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS;`,
    );
  }
  for (const name of ['fsync', 'synchronous_commit'] as const) {
    if (facts[name] === 'off') throw new DatabaseSetupError(unsafe(name));
  }
}

const unsafe = (setting: string): string =>
  `The server of DATABASE_URL runs with ${setting}=off: it may lose what it reported as committed, and with it the record of calls ` +
  `that were made. Set ${setting}=on (server, database, user and DATABASE_URL can each set it) and start again.`;

const SESSION_FACTS = `
  SELECT current_user AS role, rolsuper OR rolbypassrls AS unbound, current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit
  FROM pg_roles WHERE rolname = current_user`;
