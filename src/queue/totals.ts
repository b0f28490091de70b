// Sums since the queue began: what the minutes of the rollup come to, each read once by a process that asks often.
import { type LaneDurations, readTotals } from '../storage/rollup.js';
import type { Queue } from './queue.js';

/** A minute is over when its begin is this long ago: what was begun in it is committed by then. */
const SETTLED_MINUTES = 10;

export class Totals {
  readonly #settled = new Map<string, LaneDurations>();
  #upTo = -1;

  constructor(private readonly queue: Queue) {}

  /**
   * Never less than before. While the clock of the database stands before where it has been, what ends then is counted
   * only by the next process.
   */
  async read(): Promise<LaneDurations[]> {
    const { database } = this.queue;
    const upTo = Math.floor((await database.present()) / 60_000) - SETTLED_MINUTES;
    if (upTo > this.#upTo) {
      const over = await readTotals(database, { after: this.#upTo, upTo });
      this.#upTo = upTo;
      addTo(this.#settled, over);
    }
    const all = new Map([...this.#settled].map(([key, sum]) => [key, { ...sum }]));
    addTo(all, await readTotals(database, { after: this.#upTo, upTo: Number.MAX_SAFE_INTEGER }));
    return [...all.values()];
  }
}

function addTo(sums: Map<string, LaneDurations>, rows: readonly LaneDurations[]): void {
  for (const row of rows) {
    const key = `${row.queue}\0${row.type}\0${row.outcome}\0${row.bucket}`;
    const sum = sums.get(key);
    if (!sum) sums.set(key, { ...row });
    else {
      sum.n += row.n;
      sum.runMs += row.runMs;
      sum.waitMs += row.waitMs;
    }
  }
}
