// The surroundings of jobs: one row for all that were enqueued in the same ones.
import { createHash } from 'node:crypto';
import type { CallerContext } from '../job/job.js';
import type { Database, Executor } from './database.js';

/** @returns the number of each */
export async function storeContexts(
  tx: Executor,
  database: Database,
  contexts: readonly (CallerContext | null)[],
): Promise<Map<CallerContext, number>> {
  const numbers = new Map<CallerContext, number>();
  const byHash = new Map<string, number>();
  for (const context of contexts) {
    if (context === null || numbers.has(context)) continue;
    const env = JSON.stringify(context.env);
    const facts = JSON.stringify([context.host, context.uid, context.cwd, context.umask, env]);
    const hash = createHash('sha256').update(facts).digest('base64url');
    const number = byHash.get(hash) ?? (await storeContext(tx, database, hash, { ...context, env }));
    byHash.set(hash, number);
    numbers.set(context, number);
  }
  return numbers;
}

async function storeContext(
  tx: Executor,
  database: Database,
  hash: string,
  facts: Omit<CallerContext, 'env'> & { env: string },
): Promise<number> {
  const known = () => tx.selectFrom('contexts').select('number').where('hash', '=', hash).executeTakeFirst();
  const before = await known();
  if (before) return before.number;
  const inserted = await tx
    .insertInto('contexts')
    .values({ hash, ...facts, used_at: database.now })
    .onConflict((conflict) => conflict.column('hash').doNothing()) // another program was first, a moment ago
    .returning('number')
    .executeTakeFirst();
  return (inserted ?? (await known())!).number;
}
