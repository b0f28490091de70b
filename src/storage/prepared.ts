// Hot queries are built and compiled once: Kysely's compiling costs three times the statement itself.
import { type Compilable, type CompiledQuery, type Kysely, type QueryResult, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.js';
import type { Tables } from './schema.js';

class Hole {
  constructor(readonly name: string) {}
}

export type Holes<P> = { [K in keyof P]-?: RawBuilder<P[K]> };

export type Prepared<P, R> = (values: P, executor: Kysely<Tables>) => Promise<R[]>;

/** When the answer is needed: at once, later, or never. In a transaction on a server only the first one is waited for. */
type Gives = 'rows' | 'later' | 'nothing';

interface Marked {
  gives?: Gives;
}

/** Of a statement that was sent without waiting: its answer. */
export interface Sent<R> {
  answer?: Promise<QueryResult<R>>;
}

export function givesOf(query: CompiledQuery & Marked): Gives {
  return query.gives ?? 'rows';
}

/**
 * @param build makes the query from placeholders named as the keys of P; it runs once, at first use
 * @param gives 'nothing': neither rows nor how many; in a transaction its failure may be told by a later statement
 * @returns runs the query with values in an executor (the database or a transaction) and gives its rows
 */
export function prepared<P extends object, R>(
  build: (holes: Holes<P>) => Compilable<R>,
  gives: 'rows' | 'nothing' = 'rows',
): Prepared<P, R> {
  const execute = executing(build, gives);
  return async (values, executor) => (await execute(values, executor)).rows;
}

/**
 * As `prepared`, but what is returned first is only a way to wait for the rows: what is sent before that costs no wait
 * of its own. Kysely lets only one statement of a transaction run at a time, so this is not `Promise.all`.
 */
export function preparedLater<P extends object, R>(
  build: (holes: Holes<P>) => Compilable<R>,
): (values: P, executor: Kysely<Tables>) => Promise<Later<R>> {
  const execute = executing(build, 'later');
  return async (values, executor) => {
    const result: QueryResult<R> & Sent<R> = await execute(values, executor);
    return async () => (await (result.answer ?? result)).rows;
  };
}

/** `preparedLater` for a statement that belongs to no store. */
export function preparedLaterFor<P extends object, R>(
  build: (database: Database, holes: Holes<P>) => Compilable<R>,
): (database: Database, values: P, executor: Kysely<Tables>) => Promise<Later<R>> {
  const known = perDatabase((database) => preparedLater<P, R>((holes) => build(database, holes)));
  return (database, values, executor) => known(database)(values, executor);
}

/** @throws also what failed before in the same transaction */
export type Later<R> = () => Promise<R[]>;

function executing<P extends object, R>(build: (holes: Holes<P>) => Compilable<R>, gives: Gives) {
  let compiled: (CompiledQuery<R> & Marked) | undefined;
  return (values: P, executor: Kysely<Tables>): Promise<QueryResult<R>> => {
    compiled ??= { ...build(holes<P>()).compile(), gives };
    const parameters = compiled.parameters.map((value) =>
      value instanceof Hole ? values[value.name as keyof P] : value,
    );
    return executor.executeQuery<R>({ ...compiled, parameters });
  };
}

/** The same for a statement that belongs to no store: compiled once for each database that is open. */
export function preparedFor<P extends object, R>(
  build: (database: Database, holes: Holes<P>) => Compilable<R>,
  gives: 'rows' | 'nothing' = 'rows',
) {
  const known = perDatabase((database) => prepared<P, R>((holes) => build(database, holes), gives));
  return (database: Database, values: P, executor: Kysely<Tables>) => known(database)(values, executor);
}

function perDatabase<S>(make: (database: Database) => S): (database: Database) => S {
  const known = new WeakMap<Database, S>();
  return (database) => {
    const before = known.get(database);
    if (before) return before;
    const made = make(database);
    known.set(database, made);
    return made;
  };
}

function holes<P>(): Holes<P> {
  return new Proxy({} as Holes<P>, {
    get: (_target, name) => sql`${new Hole(String(name))}`,
  });
}
