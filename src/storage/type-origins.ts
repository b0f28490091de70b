// Which plugin brought a job type, as whoever had it installed has noted.
import type { Database } from './database.js';

export interface NotedOrigin {
  name: string;
  plugin: string;
  version: string;
}

export class TypeOriginStore {
  constructor(private readonly database: Database) {}

  async note(origins: readonly NotedOrigin[]): Promise<void> {
    for (const { name, plugin, version } of origins) {
      const known = await this.find(name); // a read costs less than a commit
      if (known?.plugin === plugin && known.version === version) continue;
      await this.database.kysely
        .insertInto('job_types')
        .values({ name, plugin, version })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ plugin, version }))
        .execute();
    }
  }

  find(name: string): Promise<NotedOrigin | undefined> {
    return this.database.kysely.selectFrom('job_types').selectAll().where('name', '=', name).executeTakeFirst();
  }
}
