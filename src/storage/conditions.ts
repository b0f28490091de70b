// The conditions of a `--where` as SQL.
import { type RawBuilder, sql } from 'kysely';
import type { Condition, Field, Moment, Operator } from '../job/where.js';
import type { Database } from './database.js';

/** Of a query that reads `jobs` and `specs`. What is compared with something that is not there is not true, but by `!=`. */
export function conditionSql(database: Database, condition: Condition): RawBuilder<boolean> {
  switch (condition.is) {
    case 'not':
      return sql`not ${conditionSql(database, condition.one)}`;
    case 'and':
    case 'or': {
      const parts = condition.all.map((one) => conditionSql(database, one));
      return sql`(${sql.join(parts, condition.is === 'and' ? sql` and ` : sql` or `)})`;
    }
    case 'compared':
      return compared(database, condition);
  }
}

const COLUMNS: Record<Exclude<Field, 'command'>, RawBuilder<unknown>> = {
  number: sql.ref('jobs.number'),
  priority: sql.ref('jobs.priority'),
  attempt: sql.ref('jobs.attempt'),
  failures: sql.ref('jobs.failures'),
  crashes: sql.ref('jobs.crashes'),
  batch: sql.ref('jobs.batch'),
  parent: sql.ref('jobs.parent'),
  id: sql`coalesce(jobs.name, cast(jobs.number as text))`,
  queue: sql.ref('jobs.queue'),
  type: sql.ref('jobs.type'),
  state: sql.ref('jobs.state'),
  cause: sql.ref('jobs.cause'),
  key: sql.ref('jobs.key'),
  created: sql.ref('jobs.created_at'),
  changed: sql.ref('jobs.changed_at'),
  started: sql.ref('jobs.started_at'),
  finished: sql.ref('jobs.finished_at'),
  run: sql.ref('jobs.run_at'),
  next: sql.ref('jobs.wake_at'),
  expires: sql.ref('jobs.expires_at'),
};

const SIGNS: Record<Exclude<Operator, '~' | '!~'>, RawBuilder<unknown>> = {
  '=': sql`is not distinct from`,
  '!=': sql`is distinct from`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
};

type Compared = Extract<Condition, { is: 'compared' }>;

function compared(database: Database, { field, operator, value }: Compared): RawBuilder<boolean> {
  const { dialect } = database;
  if (field === 'command') {
    // Payloads are JSON: what is looked for has its quotes and line ends escaped there, too.
    const contains = dialect.contains(dialect.textOf(sql.ref('specs.payload')), JSON.stringify(value).slice(1, -1));
    return operator === '~' ? contains : sql`not ${contains}`;
  }
  const column = COLUMNS[field];
  if (operator === '~') return sql`(${dialect.contains(column, String(value))} is true)`;
  if (operator === '!~') return sql`(${dialect.contains(column, String(value))} is not true)`;
  return sql`((${column} ${SIGNS[operator]} ${valueSql(database, value)}) is true)`;
}

function valueSql({ now }: Database, value: Compared['value']): RawBuilder<unknown> {
  if (value === null) return sql`null`;
  if (typeof value === 'number') return sql.lit(value);
  if (typeof value === 'string') return sql`${value}`;
  return momentSql(now, value);
}

function momentSql(now: RawBuilder<number>, moment: Moment): RawBuilder<unknown> {
  return 'at' in moment ? sql.lit(moment.at) : sql`${now} + ${sql.lit(moment.fromNowMs)}`;
}
