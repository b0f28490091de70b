// Hot queries are built and compiled once: Kysely's compiling costs three times the statement itself.
import { type Compilable, type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.js';
import type { Tables } from './schema.js';

class Hole {
  constructor(readonly name: string) {}
}

export type Holes<P> = { [K in keyof P]-?: RawBuilder<P[K]> };

export type Prepared<P, R> = (values: P, executor: Kysely<Tables>) => Promise<R[]>;

/** On a server the next statement of a transaction is sent without waiting for such a one; see `gives`. */
interface Unheard {
  givesNothing?: boolean;
}

export function givesNothing(query: CompiledQuery & Unheard): boolean {
  return query.givesNothing === true;
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
  let compiled: (CompiledQuery<R> & Unheard) | undefined;
  return async (values, executor) => {
    compiled ??= { ...build(holes<P>()).compile(), givesNothing: gives === 'nothing' };
    const parameters = compiled.parameters.map((value) =>
      value instanceof Hole ? values[value.name as keyof P] : value,
    );
    const result = await executor.executeQuery<R>({ ...compiled, parameters });
    return result.rows;
  };
}

/** The same for a statement that belongs to no store: compiled once for each database that is open. */
export function preparedFor<P extends object, R>(
  build: (database: Database, holes: Holes<P>) => Compilable<R>,
  gives: 'rows' | 'nothing' = 'rows',
) {
  const known = new WeakMap<Database, Prepared<P, R>>();
  return (database: Database, values: P, executor: Kysely<Tables>): Promise<R[]> => {
    let statement = known.get(database);
    if (!statement) {
      statement = prepared((holes) => build(database, holes), gives);
      known.set(database, statement);
    }
    return statement(values, executor);
  };
}

function holes<P>(): Holes<P> {
  return new Proxy({} as Holes<P>, {
    get: (_target, name) => sql`${new Hole(String(name))}`,
  });
}
