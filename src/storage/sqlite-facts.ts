// Facts of an SQLite queue for whoever examines it.
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Kysely, sql } from 'kysely';
import type { DatabaseFacts } from './database-facts.js';
import type { Tables } from './schema.js';

const FULL = 2;

export async function sqliteFacts(kysely: Kysely<Tables>, path: string): Promise<DatabaseFacts> {
  const ask = async <T>(text: string) => (await sql<{ value: T }>`${sql.raw(text)}`.execute(kysely)).rows[0]!.value;
  const { version } = createRequire(import.meta.url)('better-sqlite3/package.json') as { version: string };
  const synchronous = await ask<number>('select synchronous as value from pragma_synchronous');
  const { size, mode, uid } = statSync(path);
  const wal = `${path}-wal`;
  return {
    engine: `SQLite ${await ask<string>('select sqlite_version() as value')}`,
    driver: `better-sqlite3 ${version}`,
    undurable: synchronous >= FULL ? null : 'durability is normal: a power cut may take the last acknowledged jobs',
    file: { path, bytes: size, walBytes: existsSync(wal) ? statSync(wal).size : 0, mode: mode & 0o777, uid },
  };
}
