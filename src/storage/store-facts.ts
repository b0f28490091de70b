// What a queue says about itself: which program made its schema, which programs may still write, how durable it is.
import type { Kysely } from 'kysely';
import { StorageFault } from '../errors.js';
import type { Tables } from './schema.js';

/** Number of this program's schema: how many migrations it knows. Kept beside the list in migrations/list.ts. */
export const PROGRAM = 1;

/** The oldest program that may still write to a schema that this program made; an additive migration leaves it. */
export const OLDEST_PROGRAM = 1;

interface StoreFacts {
  program: number;
  oldestProgram: number;
  durability: string | undefined;
}

export async function readStoreFacts(db: Kysely<Tables>): Promise<StoreFacts> {
  const rows = await db
    .selectFrom('settings')
    .select(['name', 'value'])
    .where('name', 'in', ['store.program', 'store.oldest_program', 'durability'])
    .execute()
    .catch((error: Error) => {
      if (!error.message.includes('no such table')) throw error;
      throw new StorageFault('the database is not a queuectl queue: it has no settings table', [
        'name another path with --db or QUEUECTL_DB',
      ]);
    });
  const value = (name: string) => rows.find((row) => row.name === name)?.value;
  return {
    program: Number(value('store.program') ?? 0),
    oldestProgram: Number(value('store.oldest_program') ?? 0),
    durability: value('durability'),
  };
}
