// Facts of a PostgreSQL server for whoever examines a queue on it.
import { createRequire } from 'node:module';
import { type Kysely, sql } from 'kysely';
import type { DatabaseFacts } from './database-facts.js';
import type { Tables } from './schema.js';

export async function postgresFacts(kysely: Kysely<Tables>): Promise<DatabaseFacts> {
  const { rows } = await sql<{ version: string; commit: string; fsync: string }>`
    select current_setting('server_version') as version, current_setting('synchronous_commit') as commit,
      current_setting('fsync') as fsync`.execute(kysely);
  const { version, commit, fsync } = rows[0]!;
  const { version: driver } = createRequire(import.meta.url)('pg/package.json') as { version: string };
  const off = [commit === 'off' && 'synchronous_commit', fsync === 'off' && 'fsync'].filter(Boolean);
  return {
    engine: `PostgreSQL ${version.split(' ')[0]}`,
    driver: `pg ${driver}`,
    undurable:
      off.length === 0 ? null : `${off.join(' and ')} of the server is off: a crash may take acknowledged jobs`,
  };
}
