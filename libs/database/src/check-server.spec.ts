import type pg from 'pg';
import { checkOwner, checkSession } from './check-server.js';

const OWNER = { version: 180_004, user: 'me', superuser: false, createrole: true, missing: null, foreign: null };
const ROLES = ['gatehouse_app', 'gatehouse_system'];

const owner = (facts: object): Promise<void> => {
  const client = { query: () => Promise.resolve({ rows: [{ ...OWNER, ...facts }] }) };
  return checkOwner(client as unknown as pg.Client);
};

const SESSION = {
  login: 'gatehouse_app_5',
  serves: true,
  privileged: false,
  others: [],
  owns: null,
  makes: false,
  database: 'gate',
  fsync: 'on',
  synchronous_commit: 'on',
};

const session = (facts: object): Promise<void> =>
  checkSession('gatehouse_app', () => Promise.resolve([{ ...SESSION, ...facts }]));

describe('checkOwner', () => {
  it.each([
    ['a superuser', { superuser: true, createrole: false, missing: ROLES }],
    ['a user who may create the roles', { missing: ROLES }],
    ['a plain user who was let into the roles', { createrole: false }],
    ['a user who may grant himself roles that are there, before 16', { version: 150_018, foreign: ROLES }],
  ])('accepts %s', async (_who, facts) => {
    await expect(owner(facts)).resolves.toBeUndefined();
  });

  it('refuses a server older than 15', async () => {
    await expect(owner({ version: 140_021 })).rejects.toThrow('is PostgreSQL 14; Gatehouse needs 15 or newer');
  });

  it('says what to run when the user may not create the roles', async () => {
    await expect(owner({ createrole: false, missing: ROLES })).rejects.toThrow(
      'CREATE ROLE gatehouse_app NOLOGIN; CREATE ROLE gatehouse_system NOLOGIN; GRANT gatehouse_app, gatehouse_system TO "me" WITH ADMIN OPTION;',
    );
  });

  it('says what to run when somebody else made the roles, from 16 on', async () => {
    await expect(owner({ foreign: ROLES })).rejects.toThrow(
      /"me".*may not enter.*: GRANT gatehouse_app, gatehouse_system TO "me"/,
    );
  });
});

describe('checkSession', () => {
  it('accepts a bound role on a server that keeps what it commits', async () => {
    await expect(session({})).resolves.toBeUndefined();
    await expect(session({ synchronous_commit: 'remote_apply' })).resolves.toBeUndefined();
  });

  it.each([
    ['N3 fsync=off', { fsync: 'off' }, 'runs with fsync=off'],
    ['N3 synchronous_commit=off', { synchronous_commit: 'off' }, 'runs with synchronous_commit=off'],
    ['T2 a login that bypasses row-level security', { privileged: true }, 'ALTER ROLE "gatehouse_app_5" NOSUPERUSER'],
    ['T2 a login that owns a table', { owns: 'tenants' }, 'owns tenants'],
    ['T2 a login without its role', { serves: false }, 'GRANT gatehouse_app TO "gatehouse_app_5"'],
    ['T2 a login that can become another', { others: ['owner', 'pg_monitor'] }, 'REVOKE owner, pg_monitor FROM'],
    ['T2 a login that can make tables', { makes: true }, 'REVOKE CREATE, TEMPORARY ON DATABASE "gate" FROM PUBLIC'],
  ])('%s is refused', async (_what, facts, message) => {
    await expect(session(facts)).rejects.toThrow(message);
  });
});
