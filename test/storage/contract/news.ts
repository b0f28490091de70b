// Contract: who watches is told of what other programs change. Not behind a pooler, which lets nothing of that through.
import { expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../../src/storage/database.js';
import { until } from '../../sandbox.js';
import { ended, type OpenBackend, ok, openStores } from '../backend.js';

/** @param other says something, until it is heard. @returns how often it was told so far */
async function watch(database: Database, other: Database): Promise<() => number> {
  let told = 0;
  let last = 0;
  let same = 0;
  onTestFinished(
    database.watch(() => {
      told += 1;
    }),
  );
  await until('it to listen', () => {
    other.tell();
    return told > 0;
  });
  await until('silence', () => {
    same = told === last ? same + 1 : 0;
    last = told;
    return same > 10;
  });
  return () => told;
}

export function newsContract(open: OpenBackend): void {
  test('who watches is told of a job that comes, begins and ends, and of whatever wakes workers', async () => {
    const stores = await openStores(open);
    const told = await watch(await stores.connect(), stores.database);
    const worker = await stores.worker();
    const tells = async <R>(work: () => Promise<R>): Promise<R> => {
      const before = told();
      const result = await work();
      await until('news', () => told() > before);
      return result;
    };
    await tells(() => stores.enqueue({}, {}));
    const [claim] = await tells(() => stores.claim(worker));
    await tells(() => stores.turn(worker, [ended(claim!, ok)], 0));
    await tells(async () => stores.database.wake('resting'));
  });

  test('who has stopped watching is told nothing, and another one of the same program still is', async () => {
    const stores = await openStores(open);
    const watching = await stores.connect();
    let first = 0;
    const end = watching.watch(() => {
      first += 1;
    });
    const second = await watch(watching, stores.database);
    end();
    const [before, then] = [first, second()];
    await stores.enqueue({});
    await until('news', () => second() > then);
    expect(first).toBe(before);
  });
}
