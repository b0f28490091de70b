// NOTIFY makes all commits of a server wait for each other: nobody is told of changes unless somebody watches.
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import { newPostgresQueue } from '../postgres.js';
import { until } from '../sandbox.js';
import { ended, ok, Stores } from './backend.js';

/** A queue, a worker's part played by hand, and an ear on the channel that does not say that it listens. */
async function eavesdrop() {
  const { url, schema, query, remove } = newPostgresQueue();
  await prepareDatabase(url);
  onTestFinished(remove);
  const connect = async () => {
    const database = await openDatabase(url);
    onTestFinished(() => database.close());
    return database;
  };
  const stores = new Stores(await connect(), () => {}, connect);
  const ear = new pg.Client({ connectionString: inject('postgres') });
  await ear.connect();
  onTestFinished(() => ear.end());
  const heard: string[] = [];
  ear.on('notification', ({ payload }) => heard.push(payload!));
  await ear.query(`listen "${schema}_news"`);
  const worker = await stores.worker();
  return {
    ...{ stores, query, settings: `${schema}.settings` },
    /** A job comes, begins and ends. @returns how often that was told */
    async work(): Promise<number> {
      await stores.enqueue({});
      const [claim] = await stores.claim(worker);
      await stores.turn(worker, [ended(claim!, ok)], 0);
      await query(`select pg_notify($1, 'mark')`, [`${schema}_news`]);
      await until('the mark', () => heard.includes('mark'));
      return heard.splice(0).length - 1;
    },
  };
}

test('changes are told only while somebody has said that he watches', async () => {
  const { stores, query, settings, work } = await eavesdrop();
  expect(await work()).toBe(0);

  const end = (await stores.connect()).watch(() => {});
  const row = () => query(`select value from ${settings} where name = 'store.watched_until'`);
  await until('it to be known', async () => (await row()).rows.length > 0);
  expect(await work()).toBe(3);
  expect(await stores.settings.all()).toEqual(new Map());

  end();
  await query(`update ${settings} set value = '1' where name = 'store.watched_until'`);
  expect(await work()).toBe(0);
});

test('who listens for wake-ups hears of those who watch, and is spared the question', async () => {
  const { stores, query, settings, work } = await eavesdrop();
  onTestFinished(stores.database.onWake(() => {}));
  const soon = 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + 2000';
  await until('it not to ask any more', async () => {
    await query(`insert into ${settings} values ('store.watched_until', (${soon})::text, 1, null)`); // without a word
    const told = await work();
    await query(`delete from ${settings} where name = 'store.watched_until'`);
    return told === 0;
  });
  onTestFinished((await stores.connect()).watch(() => {}));
  await until('it to hear', async () => (await work()) === 3);
});
