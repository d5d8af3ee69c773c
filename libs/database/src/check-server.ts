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
  login: string;
  serves: boolean;
  privileged: boolean;
  others: string[];
  owns: string | null;
  makes: boolean;
  database: string;
  fsync: string;
  synchronous_commit: string;
}

type Run = (text: string, values: unknown[]) => Promise<SessionFacts[]>;

/**
 * On a connection that will serve requests: is it bound by row-level security with nothing but its one role and no way to another,
 * whatever is sent over it, and does the server keep what it says it has committed? Asked of the session itself, since URL, user
 * and database may each set these.
 */
export async function checkSession(role: DatabaseRole, run: Run): Promise<void> {
  const facts = (await run(SESSION_FACTS, [role]))[0] as SessionFacts;
  const fault = faultOf(role, facts);
  if (fault !== null) throw new DatabaseSetupError(fault);
}

function faultOf(role: DatabaseRole, facts: SessionFacts): string | null {
  const { login, others, owns, database } = facts;
  if (facts.privileged)
    return `The login "${login}" is a superuser or may bypass row-level security, replicate or make roles, so tenants would not be kept apart. Let an administrator run: ALTER ROLE "${login}" NOSUPERUSER NOBYPASSRLS NOREPLICATION NOCREATEROLE;`;
  if (owns !== null)
    return `The login "${login}" owns ${owns}, and an owner can switch row-level security off. Serve requests as another login than the one that migrates (DATABASE_APP_URL, DATABASE_SYSTEM_URL).`;
  if (!facts.serves)
    return `The login "${login}" does not have the role ${role}. Let an administrator run: GRANT ${role} TO "${login}";`;
  if (others.length > 0)
    return `The login "${login}" could become ${others.join(', ')}. It must have the role ${role} and no other. Let an administrator run: REVOKE ${others.join(', ')} FROM "${login}";`;
  if (facts.makes)
    return `The login "${login}" may make tables, and so put one in front of a real one. Let an administrator run: REVOKE CREATE, TEMPORARY ON DATABASE "${database}" FROM PUBLIC; REVOKE CREATE ON SCHEMA public FROM PUBLIC;`;
  const unsafe = (['fsync', 'synchronous_commit'] as const).find((name) => facts[name] === 'off');
  return unsafe === undefined ? null : losesCommits(unsafe);
}

const losesCommits = (setting: string): string =>
  `The server of DATABASE_URL runs with ${setting}=off: it may lose what it reported as committed, and with it the record of calls ` +
  `that were made. Set ${setting}=on (server, database, user and DATABASE_URL can each set it) and start again.`;

/** Roles that a login is a member of, by whatever path, are what it could become. */
const SESSION_FACTS = `
  SELECT me.rolname AS login, pg_has_role(me.oid, $1::name, 'USAGE') AS serves,
    me.rolsuper OR me.rolbypassrls OR me.rolreplication OR me.rolcreaterole AS privileged,
    ARRAY(SELECT rolname::text FROM pg_roles
      WHERE pg_has_role(me.oid, oid, 'MEMBER') AND oid <> me.oid AND rolname <> $1::name ORDER BY 1) AS others,
    (SELECT min(relname) FROM pg_class WHERE relowner = me.oid OR relowner = $1::regrole) AS owns,
    has_database_privilege(current_database(), 'CREATE, TEMPORARY') OR has_schema_privilege('public', 'CREATE') AS makes,
    current_database() AS database, current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit
  FROM pg_roles me WHERE me.rolname = session_user`;
