import type { ColumnOptions, PrimaryColumnOptions, QueryDeepPartialEntity, ValueTransformer } from 'typeorm';

/** `bigint` arrives from the driver as text. Versions stay far below 2^53, so a number is exact. */
export const numberFromBigint: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string) => Number(value),
};

export const TENANT_ID: PrimaryColumnOptions = { name: 'tenant_id', type: 'text' };

export const CREATED_AT: ColumnOptions = { name: 'created_at', type: 'timestamptz', default: () => 'now()' };

/** Column values of a row. TypeORM's own partial type does not know that a JSON column takes any JSON. */
export const columnValues = <Row>(values: { readonly [Column in keyof Row]?: unknown }): QueryDeepPartialEntity<Row> =>
  values as QueryDeepPartialEntity<Row>;
