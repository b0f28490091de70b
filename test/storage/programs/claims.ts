// A worker's storage side: claims and completes jobs until there are none, and prints the numbers it was given.
import { openDatabase } from '../../../src/storage/open-database.js';
import { RunStore } from '../../../src/storage/runs.js';
import type { Ended } from '../../../src/storage/settlements.js';
import { WorkerStore } from '../../../src/storage/workers.js';
import { ended, everything, newWorker, ok, policy } from '../backend.js';

const [location] = process.argv.slice(2);
const database = await openDatabase(location!);
const runs = new RunStore(database);
const worker = (await new WorkerStore(database).register(newWorker({ slot: process.pid })))!;
const numbers: number[] = [];
let done: Ended[] = [];
do {
  const turn = await runs.turn({ worker, ended: done, room: 3, served: everything, policy });
  if (turn.settled.some(({ state }) => state !== 'completed')) throw new Error('a job of mine was taken from me');
  numbers.push(...turn.claims.map(({ job }) => job.number));
  done = turn.claims.map((claim) => ended(claim, ok));
} while (done.length > 0);
await database.close();
console.log(JSON.stringify(numbers));
