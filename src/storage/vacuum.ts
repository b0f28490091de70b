// Gives the room of what was removed from an SQLite file back to the disk.
import { statSync } from 'node:fs';
import { sql } from 'kysely';
import type { Database } from './database.js';

export interface Room {
  /** Of the file. */
  bytes: number;
  /** Of which so much is free inside. */
  freeBytes: number;
}

export async function roomIn({ kysely, location }: Database): Promise<Room> {
  const { rows } = await sql<{ pages: number }>`select freelist_count * page_size as pages
    from pragma_freelist_count, pragma_page_size`.execute(kysely);
  return { bytes: statSync(location).size, freeBytes: rows[0]!.pages };
}

/** Writes the whole file anew: nobody else can write meanwhile. @throws DatabaseBusy, StorageFault */
export async function vacuum({ kysely }: Database): Promise<void> {
  await sql`vacuum`.execute(kysely);
  await sql`pragma wal_checkpoint(truncate)`.execute(kysely);
}
