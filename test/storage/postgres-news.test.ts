// NOTIFY makes all commits of a server wait for each other: nobody is told of changes unless somebody watches.
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import { newPostgresQueue } from '../postgres.js';
import { until } from '../sandbox.js';
import { ended, ok, Stores } from './backend.js';

test('changes are told only while somebody has said that he watches', async () => {
  const { url, schema, query, remove } = newPostgresQueue();
  await prepareDatabase(url);
  const database = await openDatabase(url);
  const stores = new Stores(
    database,
    () => {},
    () => openDatabase(url),
  );
  const ear = new pg.Client({ connectionString: inject('postgres') });
  await ear.connect();
  onTestFinished(async () => {
    await ear.end();
    await database.close();
    await remove();
  });
  const heard: string[] = [];
  ear.on('notification', ({ payload }) => heard.push(payload!));
  await ear.query(`listen "${schema}_news"`);
  const worker = await stores.worker();
  const work = async () => {
    await stores.enqueue({});
    const [claim] = await stores.claim(worker);
    await stores.turn(worker, [ended(claim!, ok)], 0);
    database.tell();
    await database.present(); // by the same pool: what was said before is out
    await query(`select pg_notify($1, 'mark')`, [`${schema}_news`]);
    await until('the mark', () => heard.includes('mark'));
    return heard.splice(0).length - 1;
  };
  expect(await work()).toBe(0);

  const watching = await stores.connect();
  const end = watching.watch(() => {});
  const row = () => query(`select value from ${schema}.settings where name = 'store.watched_until'`);
  await until('it to be known', async () => (await row()).rows.length > 0);
  expect(await work()).toBeGreaterThanOrEqual(3);
  expect(await stores.settings.all()).toEqual(new Map());

  end();
  await watching.close();
  await query(`update ${schema}.settings set value = '1' where name = 'store.watched_until'`);
  expect(await work()).toBe(0);
});
