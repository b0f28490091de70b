// Settings that are stored with the queue, so that every host and worker follows them.
import type { Database } from './database.js';
import { prepared } from './prepared.js';

/** What the store says about itself stands in the same table under this prefix. */
const OWN_PREFIX = 'store.';

export class SettingsStore {
  constructor(private readonly database: Database) {}

  async all(): Promise<Map<string, string>> {
    const rows = await this.#all({}, this.database.kysely);
    return new Map(rows.filter((row) => !row.name.startsWith(OWN_PREFIX)).map((row) => [row.name, row.value]));
  }

  readonly #all = prepared<object, { name: string; value: string }>(() =>
    this.database.kysely.selectFrom('settings').select(['name', 'value']),
  );

  /** Random, made with the store; it stays the same when the file is moved. */
  async storeId(): Promise<string> {
    const row = await this.database.kysely
      .selectFrom('settings')
      .select('value')
      .where('name', '=', `${OWN_PREFIX}id`)
      .executeTakeFirstOrThrow();
    return row.value;
  }

  async set(name: string, value: string, who: string): Promise<void> {
    const { now } = this.database;
    await this.database.kysely
      .insertInto('settings')
      .values({ name, value, changed_at: now, who })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value, changed_at: now, who }))
      .execute();
  }

  async unset(name: string): Promise<void> {
    await this.database.kysely.deleteFrom('settings').where('name', '=', name).execute();
  }
}
