// Every difference between the databases, each with its reason. SQLite is the first dialect.
import { type ColumnDefinitionBuilder, CompiledQuery, type RawBuilder, sql } from 'kysely';
import { NOW } from './sqlite-driver.js';

export interface StoreDialect {
  readonly name: 'sqlite' | 'postgres';
  /** The present, epoch ms: one injected clock on SQLite; a server's own clock where hosts' clocks may differ (F27). */
  now(): RawBuilder<number>;
  /** A value that is another one once another program has committed, and costs next to nothing to read. */
  readonly changeMark: CompiledQuery<{ mark: unknown }>;
  /** `counts` has a row a shard, so that commits on a server do not all wait for one row. */
  readonly shards: number;
  /** DDL of an ever increasing key that is never reused. */
  autoNumber(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** DDL names of epoch milliseconds, bytes, and reals. */
  readonly types: { ms: 'integer' | 'bigint'; bytes: 'blob' | 'bytea'; real: 'real' | 'double precision' };
  /**
   * A table from a JSON array of arrays: many rows are one parameter, and the statement's text is the same for any
   * number of them, so that it is compiled once.
   */
  rows<R>(json: RawBuilder<string>, columns: Record<keyof R & string, ColumnKind>): RawBuilder<R>;
  /** Ends a CREATE TABLE whose key is the whole access path. */
  readonly withoutRowid: RawBuilder<unknown> | null;
}

export type ColumnKind = 'ms' | 'integer' | 'real' | 'text';

export function sqliteDialect(): StoreDialect {
  return {
    name: 'sqlite',
    // The driver binds numbers above 2^31 as reals, and a real does not divide as an integer does.
    now: () => sql<number>`cast(${NOW} as integer)`,
    changeMark: CompiledQuery.raw('select data_version as mark from pragma_data_version'),
    shards: 1,
    autoNumber: (column) => column.primaryKey().autoIncrement(),
    types: { ms: 'integer', bytes: 'blob', real: 'real' },
    // What json_each gives has the type that it had in JSON.
    rows: <R>(json: RawBuilder<string>, columns: Record<keyof R & string, ColumnKind>) => {
      const cells = Object.keys(columns).map((name, index) => sql`value ->> ${sql.lit(index)} as ${sql.ref(name)}`);
      return sql<R>`(select ${sql.join(cells)} from json_each(${json}))`;
    },
    withoutRowid: sql`without rowid`,
  };
}
