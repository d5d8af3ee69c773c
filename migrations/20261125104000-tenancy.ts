import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Two things that the logins could do until now by asking for them.
 *
 * The tenant of a transaction is sealed: `gatehouse.tenant_id` counts only together with its HMAC in `gatehouse.tenant_seal`, whose
 * key neither login can read. So a statement that slips in as one tenant can't name another one.
 *
 * The days for which audit records are kept stand in a table of the owner: partitions within them are dropped for nobody.
 *
 * Not safe beside the code before it, which sets no seal and sees nothing then: nothing has been released yet.
 */
export class Tenancy20261125104000 implements MigrationInterface {
  name = 'Tenancy20261125104000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of SEAL) await runner.query(statement);
    const key = randomBytes(32);
    await runner.query('INSERT INTO tenant_seal_key (key, inner_pad, outer_pad) VALUES ($1, $2, $3)', [
      key,
      padded(key, 0x36),
      padded(key, 0x5c),
    ]);
    await runner.query(policiesWith('(SELECT current_tenant())'));
    await runner.query(RETENTION);
    await runner.query('INSERT INTO audit_retention (days) VALUES (90)');
    await runner.query(
      dropPartitions(`least(before, (now() AT TIME ZONE 'UTC')::date - (SELECT days FROM public.audit_retention))`),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(policiesWith(`current_setting('gatehouse.tenant_id', true)`));
    await runner.query('DROP FUNCTION current_tenant()');
    await runner.query('DROP TABLE tenant_seal_key');
    await runner.query(dropPartitions('before'));
    await runner.query('DROP TABLE audit_retention');
  }
}

const BLOCK = 64;

/** RFC 2104, section 2: Postgres has SHA-256 but no HMAC, so the two pads of the key are kept. */
const padded = (key: Buffer, mask: number): Buffer =>
  Buffer.concat([key, Buffer.alloc(BLOCK - key.length)]).map((byte) => byte ^ mask) as Buffer;

const SEAL = [
  // One row, of the owner alone.
  `CREATE TABLE tenant_seal_key (
     only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
     key bytea NOT NULL,
     inner_pad bytea NOT NULL,
     outer_pad bytea NOT NULL
   )`,
  `CREATE FUNCTION current_tenant() RETURNS text
   LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
     SELECT tenant FROM public.tenant_seal_key, current_setting('gatehouse.tenant_id', true) AS tenant
     WHERE encode(sha256(outer_pad || sha256(inner_pad || convert_to(tenant, 'UTF8'))), 'hex')
       = current_setting('gatehouse.tenant_seal', true)
   $$`,
  'REVOKE ALL ON FUNCTION current_tenant() FROM PUBLIC',
  'GRANT EXECUTE ON FUNCTION current_tenant() TO gatehouse_app',
];

/** A subquery, so that it is computed once per statement and not once per row. */
const policiesWith = (tenant: string): string => `
  DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT polrelid::regclass FROM pg_policy WHERE polname = 'tenant_rows' LOOP
      EXECUTE format('ALTER POLICY tenant_rows ON %s USING (tenant_id = ${tenant.replaceAll("'", "''")})
        WITH CHECK (tenant_id = ${tenant.replaceAll("'", "''")})', t);
    END LOOP;
  END $$`;

/** One row, of the owner alone, who brings it up to date at every start. */
const RETENTION = `CREATE TABLE audit_retention (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  days integer NOT NULL
)`;

const dropPartitions = (limit: string): string => `
  CREATE OR REPLACE FUNCTION audit_drop_partitions(before date) RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DECLARE part text; dropped text[] := '{}';
  BEGIN
    FOR part IN
      SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'public.audit_events'::regclass
        AND c.relname ~ '^audit_events_[0-9]{8}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') < ${limit}
      ORDER BY c.relname
    LOOP
      EXECUTE format('DROP TABLE public.%I', part);
      dropped := dropped || part;
    END LOOP;
    RETURN dropped;
  END $$`;
