// Every difference between the databases, each with its reason.
import { type ColumnDefinitionBuilder, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Tables } from './schema.js';
import { NOW } from './sqlite-driver.js';

export interface StoreDialect {
  readonly name: 'sqlite' | 'postgres';
  /** A transaction that writes is alone: what it reads stays so, and nobody enqueues beside it. */
  readonly oneWriter: boolean;
  /** The present, epoch ms: one injected clock on SQLite; a server's own clock where hosts' clocks may differ (F27). */
  now(): RawBuilder<number>;
  /** `counts` has a row a shard, so that commits on a server do not all wait for one row. */
  readonly shards: number;
  /** Locks the rows that a transaction is about to change; nothing is needed where one program writes at a time. */
  lock<Q extends Lockable>(query: Q, which: Lock): Q;
  /** What an insert of a name that is taken fails with. */
  isUniqueViolation(error: unknown): boolean;
  /** The numbers of jobs, for those that bring theirs along. */
  readonly numbers: JobNumbers;
  /** DDL of an ever increasing key that is never reused. */
  autoNumber(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** DDL names of epoch milliseconds, bytes, and reals. */
  readonly types: { ms: 'integer' | 'bigint'; bytes: 'blob' | 'bytea'; real: 'real' | 'double precision' };
  /**
   * A table from a JSON array of arrays: many rows are one parameter, and the statement's text is the same for any
   * number of them, so that it is compiled once.
   */
  rows<R>(json: RawBuilder<string>, columns: Record<keyof R & string, ColumnKind>): RawBuilder<R>;
  /**
   * `column among(json)`: is the first cell of one of its rows. However the server's statistics are, it goes by an index of
   * that column; beside a join with the same rows it keeps a server from reading the whole table.
   */
  among(json: RawBuilder<string>, beside?: 'join'): RawBuilder<unknown>;
  /**
   * `jobs.worker` where jobs are named by their numbers, too. SQLite looks at the value that is bound to the state: it would go
   * through all that the worker runs, and for each of them through all that were named (500 of both: 1.2 ms a job instead
   * of 0.03). A server without statistics needs that very index (11,500 jobs a second instead of 5,100).
   */
  readonly holder: RawBuilder<number>;
  /** Bytes of UTF-8 as text. */
  textOf(bytes: RawBuilder<unknown>): RawBuilder<unknown>;
  /** Whether a text has another one in it, capital letters being different ones. */
  contains(text: RawBuilder<unknown>, part: string): RawBuilder<boolean>;
  /** Ends a CREATE TABLE whose key is the whole access path. */
  readonly withoutRowid: RawBuilder<unknown> | null;
}

export interface JobNumbers {
  /** Keeps others from adding jobs until the transaction ends; nothing is needed where one program writes at a time. */
  alone: RawBuilder<unknown> | null;
  /** The highest that was ever given; 0 is none. */
  last: RawBuilder<{ last: number }>;
  /** Those up to this one are not given any more. */
  skipTo(number: number): RawBuilder<unknown>[];
  /** Stands before the rows of an insert that names its numbers. */
  given: RawBuilder<unknown>;
}

/**
 * `jobs` waits for whoever has them, by number, so that two who want the same ones never wait for each other. `free jobs`
 * leaves out what another transaction has, in the order of the query.
 */
export type Lock = 'jobs' | 'free jobs' | 'pools';

// biome-ignore lint/suspicious/noExplicitAny: whatever is selected from whatever tables
type Lockable = Pick<SelectQueryBuilder<Tables, any, any>, 'modifyEnd'>;

/** `bytes` stand in JSON as hexadecimal digits. */
export type ColumnKind = 'ms' | 'integer' | 'real' | 'text' | 'bytes';

export function sqliteDialect(): StoreDialect {
  return {
    name: 'sqlite',
    oneWriter: true,
    // The driver binds numbers above 2^31 as reals, and a real does not divide as an integer does.
    now: () => sql<number>`cast(${NOW} as integer)`,
    shards: 1,
    lock: (query) => query,
    isUniqueViolation: (error) => codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE',
    numbers: {
      alone: null,
      last: sql`select coalesce(max(seq), 0) as last from sqlite_sequence where name = 'jobs'`,
      skipTo: (number) => [
        sql`insert into sqlite_sequence (name, seq)
          select 'jobs', 0 where not exists (select 1 from sqlite_sequence where name = 'jobs')`,
        sql`update sqlite_sequence set seq = max(seq, cast(${number} as integer)) where name = 'jobs'`,
      ],
      given: sql``,
    },
    autoNumber: (column) => column.primaryKey().autoIncrement(),
    types: { ms: 'integer', bytes: 'blob', real: 'real' },
    // What json_each gives has the type that it had in JSON.
    rows: <R>(json: RawBuilder<string>, columns: Record<keyof R & string, ColumnKind>) => {
      const cells = Object.entries<ColumnKind>(columns).map(([name, kind], index) => {
        const value = sql`value ->> ${sql.lit(index)}`;
        return sql`${kind === 'bytes' ? sql`unhex(${value})` : value} as ${sql.ref(name)}`;
      });
      return sql<R>`(select ${sql.join(cells)} from json_each(${json}))`;
    },
    among: (json, beside) => (beside ? sql`is not null` : sql`in (select value ->> 0 from json_each(${json}))`),
    holder: sql`+jobs.worker`,
    textOf: (bytes) => sql`cast(${bytes} as text)`,
    contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
    withoutRowid: sql`without rowid`,
  };
}

const LOCKS: Record<Lock, RawBuilder<unknown>> = {
  jobs: sql`order by jobs.number for no key update of jobs`,
  'free jobs': sql`for no key update of jobs skip locked`,
  pools: sql`for no key update of pools`,
};

const CASTS: Record<Exclude<ColumnKind, 'bytes'>, RawBuilder<unknown>> = {
  ms: sql`bigint`,
  integer: sql`integer`,
  real: sql`double precision`,
  text: sql`text`,
};

/**
 * @param schema that holds the tables
 * @param injectedClock tests only: the driver fills in the present
 */
export function postgresDialect(schema: string, injectedClock: boolean): StoreDialect {
  const sequence = sql.id(schema, 'jobs_number_seq');
  return {
    name: 'postgres',
    oneWriter: false,
    // Of the statement: all that one statement writes agrees, an index can be searched by it, and unlike that of the
    // transaction it is not older than what the transaction waited for. clock_timestamp() forbids the index.
    now: () =>
      injectedClock
        ? sql<number>`cast(${NOW} as bigint)`
        : sql<number>`cast(extract(epoch from statement_timestamp()) * 1000 as bigint)`,
    shards: 16,
    lock: (query, which) => query.modifyEnd(LOCKS[which]) as unknown as typeof query,
    isUniqueViolation: (error) => codeOf(error) === '23505',
    numbers: {
      alone: sql`lock table ${sql.id(schema, 'jobs')} in share row exclusive mode`,
      last: sql`select case when is_called then last_value else 0 end as last from ${sequence}`,
      skipTo: (number) => [
        sql`select setval(${`${schema}.jobs_number_seq`}, greatest(last_value, cast(${number} as bigint))) from ${sequence}`,
      ],
      given: sql`overriding system value`,
    },
    autoNumber: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
    types: { ms: 'bigint', bytes: 'bytea', real: 'double precision' },
    rows: <R>(json: RawBuilder<string>, columns: Record<keyof R & string, ColumnKind>) => {
      const cells = Object.entries<ColumnKind>(columns).map(([name, kind], index) => {
        const value = sql`value ->> ${sql.lit(index)}`;
        const cell = kind === 'bytes' ? sql`decode(${value}, 'hex')` : sql`cast(${value} as ${CASTS[kind]})`;
        return sql`${cell} as ${sql.ref(name)}`;
      });
      return sql<R>`(select ${sql.join(cells)} from jsonb_array_elements(cast(${json} as jsonb)))`;
    },
    // The planner takes an array that it cannot see for a short one. Of a join it knew that there are many, and so read
    // all ready jobs to mark 10 of them: 5.5 ms beside 18,000, now 0.2 ms.
    among: (json) =>
      sql`= any(array(select cast(value ->> 0 as bigint) from jsonb_array_elements(cast(${json} as jsonb))))`,
    holder: sql`jobs.worker`,
    textOf: (bytes) => sql`convert_from(${bytes}, 'UTF8')`,
    contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
    withoutRowid: null,
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
