// Adds a second migration to the queue that it is told; told so, it dies by SIGKILL in the middle of it.
import { sql } from 'kysely';
import { migrateToLatest } from '../../../src/storage/migrate.js';
import { migrations } from '../../../src/storage/migrations/list.js';
import { openDatabase } from '../../../src/storage/open-database.js';

const [location, how] = process.argv.slice(2);
const database = await openDatabase(location!);
const second = {
  name: '900-test',
  oldestProgram: 1,
  async up(db: typeof database.kysely): Promise<void> {
    await sql`create table colours (name text primary key)`.execute(db);
    await sql`insert into colours values ('red')`.execute(db);
    await sql`alter table jobs add column colour text`.execute(db);
    if (how === 'die') process.kill(process.pid, 'SIGKILL');
  },
};
await migrateToLatest(database, [...migrations, second]);
await database.close();
