import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import { KEY_VERSION_BYTES, KEY_VERSION_FROM } from '../barrier/envelope.js';
import type { SealBinding } from '../barrier/seal-binding.js';
import type { Batch, RowsOfKey, SealedRow, SealedStore } from './sealed-store.js';

/** How a column holds its records, when it is more than one record as it is. */
export interface Packing {
  /** SQL expressions for where in the bytes each record begins, counted from 0. All but the first may lie beyond the end. */
  offsets(column: string): readonly string[];
  /** Throws when the bytes are damaged. */
  unpack(stored: Buffer): readonly Buffer[];
  pack(records: readonly Buffer[]): Buffer;
}

export interface SealedColumnParts<Row> {
  readonly name: string;
  readonly table: string;
  readonly column: string;
  /** Primary key without the tenant: column → SQL type. */
  readonly key: Readonly<Record<string, string>>;
  /** What the binding is made of: name → SQL over the table, which is called `held`. */
  readonly select: Readonly<Record<keyof Row & string, string>>;
  /** Joins that `select` needs. */
  readonly joins?: string;
  /** One per record, in their order. */
  bindings(row: Row, tenantId: TenantId): readonly SealBinding[];
  readonly packing?: Packing;
  /** Deletes what is sealed of the tenant `$1`. */
  readonly forget: string;
}

/** The {@link SealedStore} of one column of one table, put together from what its owner says of it. */
export function sealedColumn<Row extends object>(parts: SealedColumnParts<Row>): SealedStore {
  return new SealedColumn(parts, parts.packing ?? WHOLE);
}

const WHOLE: Packing = {
  offsets: () => ['0'],
  unpack: (stored) => [stored],
  pack: ([record = Buffer.alloc(0)]) => record,
};

type FoundRow = { readonly stored: Buffer } & Readonly<Record<string, unknown>>;

class SealedColumn<Row extends object> implements SealedStore {
  readonly name: string;
  private readonly keys: readonly string[];
  private readonly versions: readonly string[];

  constructor(
    private readonly parts: SealedColumnParts<Row>,
    private readonly packing: Packing,
  ) {
    this.name = parts.name;
    this.keys = Object.keys(parts.key);
    this.versions = packing.offsets(`held.${parts.column}`).map((offset, index) => this.keyVersionAt(offset, index));
  }

  async countByKey(em: EntityManager, tenantId: TenantId): Promise<RowsOfKey[]> {
    const { table, column } = this.parts;
    const key = this.keys.map((name) => `held.${name}`).join(', ');
    const rows: { sealed_with: Buffer; rows: number }[] = await em.query(
      `SELECT sealed_with, count(*)::integer AS rows FROM (
         SELECT DISTINCT ${key}, sealed_with FROM ${table} held, unnest(ARRAY[${this.versions.join(', ')}]) AS sealed_with
         WHERE held.tenant_id = $1 AND held.${column} IS NOT NULL AND sealed_with IS NOT NULL
       ) AS found GROUP BY sealed_with`,
      [tenantId],
    );
    return rows.map(({ sealed_with: version, rows: count }) => ({ keyVersion: numberOf(version), rows: count }));
  }

  async outdated(em: EntityManager, tenantId: TenantId, { keyVersion, limit, after }: Batch): Promise<SealedRow[]> {
    const { table, column, key, select, joins = '' } = this.parts;
    const columns = Object.entries<string>(select).map(([name, sql]) => `${sql} AS "${name}"`);
    const keys = this.keys.map((name) => `held.${name}`).join(', ');
    const marks = Object.values(key).map((type, index) => `$${index + 4}::${type}`);
    const others = this.versions.map((version) => `${version} <> $2`).join(' OR ');
    const rows: FoundRow[] = await em.query(
      `SELECT held.${column} AS stored, ${[...columns, keyColumns(this.keys)].join(', ')}
       FROM ${table} held ${joins}
       WHERE held.tenant_id = $1 AND held.${column} IS NOT NULL AND (${others})
         ${after === null ? '' : `AND (${keys}) > (${marks.join(', ')})`}
       ORDER BY ${keys} LIMIT $3`,
      [tenantId, bytesOf(keyVersion), limit, ...(after?.key ?? [])],
    );
    return rows.map((row) => this.toRow(row, tenantId));
  }

  async replace(em: EntityManager, tenantId: TenantId, row: SealedRow, records: readonly Buffer[]): Promise<boolean> {
    const { table, column } = this.parts;
    const sameKey = this.keys.map((name, index) => `${name} = $${index + 4}`).join(' AND ');
    const changed: [unknown[], number] = await em.query(
      `UPDATE ${table} SET ${column} = $3 WHERE tenant_id = $1 AND ${column} = $2 AND ${sameKey}`,
      [tenantId, row.stored, this.packing.pack(records), ...row.key],
    );
    return changed[1] === 1;
  }

  async forget(em: EntityManager, tenantId: TenantId): Promise<void> {
    await em.query(this.parts.forget, [tenantId]);
  }

  private toRow(found: FoundRow, tenantId: TenantId): SealedRow {
    const key = this.keys.map((_, index) => found[keyName(index)]);
    return { key, stored: found.stored, records: this.recordsOf(found, tenantId) };
  }

  private recordsOf(found: FoundRow, tenantId: TenantId): SealedRow['records'] {
    try {
      const bindings = this.parts.bindings(found as unknown as Row, tenantId);
      return this.packing.unpack(found.stored).map((sealed, index) => {
        const binding = bindings[index];
        if (binding === undefined) throw new Error(`A row of ${this.name} holds more records than it can`);
        return { binding, sealed };
      });
    } catch {
      // Damaged: counted as such, and left as it is
      return null;
    }
  }

  /** Null where no further record begins; where one is cut short, bytes that are no version. */
  private keyVersionAt(offset: string, index: number): string {
    const column = `held.${this.parts.column}`;
    const bytes = `substring(${column} FROM (${offset} + ${KEY_VERSION_FROM + 1})::integer FOR ${KEY_VERSION_BYTES})`;
    return index === 0 ? bytes : `CASE WHEN ${offset} < octet_length(${column}) THEN ${bytes} END`;
  }
}

const keyName = (index: number): string => `key_${index}`;

const keyColumns = (keys: readonly string[]): string =>
  keys.map((name, index) => `held.${name} AS ${keyName(index)}`).join(', ');

function bytesOf(keyVersion: number): Buffer {
  const bytes = Buffer.alloc(KEY_VERSION_BYTES);
  bytes.writeUInt32BE(keyVersion);
  return bytes;
}

const numberOf = (version: Buffer): number => (version.length === KEY_VERSION_BYTES ? version.readUInt32BE() : 0);
