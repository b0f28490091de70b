// The surroundings of jobs: one row for all that were enqueued in the same ones.
import { createHash } from 'node:crypto';
import type { CallerContext } from '../job/job.js';
import type { Database, Executor } from './database.js';
import { preparedLaterFor } from './prepared.js';

/**
 * Asks for those that are there. They are nearly always, so that this costs no wait of its own.
 * @returns stores the others; gives the number of each
 */
export async function storeContexts(
  tx: Executor,
  database: Database,
  contexts: readonly (CallerContext | null)[],
): Promise<() => Promise<Map<CallerContext, number>>> {
  const hashes = new Map<CallerContext, string>();
  for (const context of contexts) if (context && !hashes.has(context)) hashes.set(context, hashOf(context));
  const distinct = new Map([...hashes].map(([context, hash]) => [hash, context]));
  const known = await findContexts(database, { json: JSON.stringify([...distinct.keys()].map((hash) => [hash])) }, tx);
  return async () => {
    const numbers = new Map((await known()).map(({ hash, number }) => [hash, number]));
    for (const [hash, context] of distinct) {
      if (!numbers.has(hash)) numbers.set(hash, await storeContext(tx, database, hash, context));
    }
    return new Map([...hashes].map(([context, hash]) => [context, numbers.get(hash)!]));
  };
}

function hashOf({ host, uid, cwd, umask, env }: CallerContext): string {
  const facts = JSON.stringify([host, uid, cwd, umask, JSON.stringify(env)]);
  return createHash('sha256').update(facts).digest('base64url');
}

const findContexts = preparedLaterFor<{ json: string }, { hash: string; number: number }>(
  ({ kysely, dialect }, { json }) =>
    kysely
      .selectFrom('contexts')
      .select(['hash', 'number'])
      .where('hash', 'in', (db) =>
        db.selectFrom(dialect.rows<{ hash: string }>(json, { hash: 'text' }).as('asked')).select('asked.hash'),
      ),
);

async function storeContext(
  tx: Executor,
  database: Database,
  hash: string,
  { env, ...facts }: CallerContext,
): Promise<number> {
  const inserted = await tx
    .insertInto('contexts')
    .values({ hash, ...facts, env: JSON.stringify(env), used_at: database.now })
    .onConflict((conflict) => conflict.column('hash').doNothing()) // another program was first, a moment ago
    .returning('number')
    .executeTakeFirst();
  if (inserted) return inserted.number;
  const { number } = await tx
    .selectFrom('contexts')
    .select('number')
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow();
  return number;
}
