// What a queue says about itself: which program made its schema, which programs may still write, how durable it is.
import { StorageFault } from '../errors.js';
import type { Database } from './database.js';

/** Number of this program's schema: how many migrations it knows. Kept beside the list in migrations/list.ts. */
export const PROGRAM = 3;

/** The oldest program that may still write to a schema that this program made; an additive migration leaves it. */
export const OLDEST_PROGRAM = 3;

interface StoreFacts {
  program: number;
  oldestProgram: number;
  durability: string | undefined;
  /** Random, made with the store. */
  id: string;
}

/** @throws StorageFault for a database of another program */
export async function readStoreFacts({ kysely, location }: Database): Promise<StoreFacts> {
  const rows = await kysely
    .selectFrom('settings')
    .select(['name', 'value'])
    .where('name', 'in', ['store.program', 'store.oldest_program', 'store.id', 'durability'])
    .execute()
    .catch((error: Error) => {
      if (/no such (table|column)/.test(error.message)) return [];
      throw error;
    });
  const value = (name: string) => rows.find((row) => row.name === name)?.value;
  if (value('store.program') === undefined) {
    throw new StorageFault(`${location} is not a queuectl database`, ['name another path with --db or QUEUECTL_DB']);
  }
  return {
    program: Number(value('store.program')),
    oldestProgram: Number(value('store.oldest_program') ?? 0),
    durability: value('durability'),
    id: value('store.id')!,
  };
}
