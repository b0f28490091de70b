// Every difference between the databases, each with its reason.
import { type ColumnDefinitionBuilder, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Tables } from './schema.js';
import { NOW } from './sqlite-driver.js';

export interface StoreDialect {
  readonly name: 'sqlite' | 'postgres';
  /** The present, epoch ms: one injected clock on SQLite; a server's own clock where hosts' clocks may differ (F27). */
  now(): RawBuilder<number>;
  /** `counts` has a row a shard, so that commits on a server do not all wait for one row. */
  readonly shards: number;
  /**
   * Locks the rows of a table that a transaction is about to change, in the order of the query. SQLite has one writer
   * at a time. `skip` leaves out what another transaction has locked.
   */
  lock<Q extends Lockable>(query: Q, table: 'jobs' | 'pools', how?: 'wait' | 'skip'): Q;
  /** What an insert of a name that is taken fails with. */
  isUniqueViolation(error: unknown): boolean;
  /** DDL of an ever increasing key that is never reused. */
  autoNumber(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** DDL names of epoch milliseconds, bytes, and reals. */
  readonly types: { ms: 'integer' | 'bigint'; bytes: 'blob' | 'bytea'; real: 'real' | 'double precision' };
  /** Ends a CREATE TABLE whose key is the whole access path. */
  readonly withoutRowid: RawBuilder<unknown> | null;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever is selected from whatever tables
type Lockable = Pick<SelectQueryBuilder<Tables, any, any>, 'modifyEnd'>;

export function sqliteDialect(): StoreDialect {
  return {
    name: 'sqlite',
    // The driver binds numbers above 2^31 as reals, and a real does not divide as an integer does.
    now: () => sql<number>`cast(${NOW} as integer)`,
    shards: 1,
    lock: (query) => query,
    isUniqueViolation: (error) => codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE',
    autoNumber: (column) => column.primaryKey().autoIncrement(),
    types: { ms: 'integer', bytes: 'blob', real: 'real' },
    withoutRowid: sql`without rowid`,
  };
}

/** @param injectedClock tests only: the driver fills in the present */
export function postgresDialect(injectedClock: boolean): StoreDialect {
  return {
    name: 'postgres',
    // Of the statement: all that one statement writes agrees, an index can be searched by it, and unlike that of the
    // transaction it is not older than what the transaction waited for. clock_timestamp() forbids the index.
    now: () =>
      injectedClock
        ? sql<number>`cast(${NOW} as bigint)`
        : sql<number>`cast(extract(epoch from statement_timestamp()) * 1000 as bigint)`,
    shards: 16,
    lock: (query, table, how = 'wait') =>
      query.modifyEnd(
        sql`for no key update of ${sql.ref(table)}${sql.raw(how === 'skip' ? ' skip locked' : '')}`,
      ) as unknown as typeof query,
    isUniqueViolation: (error) => codeOf(error) === '23505',
    autoNumber: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
    types: { ms: 'bigint', bytes: 'bytea', real: 'double precision' },
    withoutRowid: null,
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
