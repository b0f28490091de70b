// Several actors at once, each with a connection of its own: whatever the order of their steps, nothing impossible is left.
import { readCounts } from '../../src/storage/counts.js';
import type { Database } from '../../src/storage/database.js';
import { Random } from '../random.js';
import { type Backend, ended, exit3, lost, ok, Stores } from '../storage/backend.js';

const ACTORS = 3;
const JOBS = 6;
const STEPS = 12;
const CHANGES = ['cancel', 'retry', 'hold', 'release', 'delete'] as const;

interface Told {
  /** `job.attempt` of each claim and each recorded end that an actor was told of. */
  claimed: string[];
  settled: string[];
  troubles: string[];
}

/** @returns what must not be, a sentence each */
export async function runActors(backend: Backend, rounds: number, seed: number): Promise<string[]> {
  const all = [backend.database];
  while (all.length < ACTORS) all.push(await backend.connect());
  const actors = all.map((database) => new Stores(database, backend.advance, backend.connect));
  const workers = await Promise.all(actors.map((stores) => stores.worker()));
  try {
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed + round);
      const policy = { maxRetries: 2, backoffBase: 0 };
      const jobs = Array.from({ length: JOBS }, () => ({ queue: random.pick(['a', 'b'])!, ...policy }));
      const numbers = await actors[0]!.enqueue(...jobs);
      const told: Told = { claimed: [], settled: [], troubles: [] };
      await Promise.all(
        actors.map((stores, n) => act(stores, workers[n]!, numbers, new Random(seed + round * 7 + n), told)),
      );
      const troubles = [...told.troubles, ...(await judge(backend.database, numbers, told))];
      if (troubles.length > 0) return troubles.map((trouble) => `round ${round}, seed ${seed}: ${trouble}`);
    }
    return [];
  } finally {
    for (const database of all.slice(1)) await database.close();
  }
}

async function act(
  stores: Stores,
  worker: number,
  numbers: readonly number[],
  random: Random,
  told: Told,
): Promise<void> {
  const held: Awaited<ReturnType<Stores['claim']>> = [];
  for (let step = 0; step < STEPS; step++) {
    if (random.chance(0.5)) {
      const ending = random.pick([ok, exit3, exit3, lost])!;
      const over = held.splice(0, random.between(0, 2)).map((claim) => ended(claim, ending));
      const { claims, settled } = await stores.turn(worker, over, random.between(0, 3));
      held.push(...claims);
      told.claimed.push(...claims.map(({ job }) => `${job.number}.${job.attempt}`));
      told.settled.push(
        ...settled.filter(({ state }) => state).map(({ ended: { job, attempt } }) => `${job}.${attempt}`),
      );
      if (settled.some(({ state }) => state === null)) told.troubles.push('the holder of an attempt could not end it');
    } else {
      const some = [...new Set([random.pick(numbers)!, random.pick(numbers)!])];
      const kind = random.pick(CHANGES)!;
      const change = kind === 'cancel' ? { kind, signal: null } : { kind };
      const refused = await stores.changes
        .apply(some, change, { strict: random.chance(0.5), change: null, who: 'me' })
        .then(
          () => undefined,
          (error) => error,
        );
      if (refused && ![3, 4].includes(refused.exitCode)) told.troubles.push(`${kind}: ${refused}`);
    }
  }
  const rest = await stores.turn(
    worker,
    held.map((claim) => ended(claim, ok)),
    0,
  );
  told.settled.push(
    ...rest.settled.filter(({ state }) => state).map(({ ended: { job, attempt } }) => `${job}.${attempt}`),
  );
}

async function judge({ kysely }: Database, numbers: readonly number[], { claimed, settled }: Told): Promise<string[]> {
  const troubles: string[] = [];
  const claim = (holds: boolean, what: string) => holds || troubles.push(what);
  claim(new Set(claimed).size === claimed.length, `an attempt was given out twice: ${claimed}`);
  claim(new Set(settled).size === settled.length, `an attempt was ended twice: ${settled}`);
  claim(claimed.length === settled.length, `${claimed.length} claims, ${settled.length} ends`);
  const jobs = await kysely.selectFrom('jobs').selectAll().execute();
  const attempts = await kysely.selectFrom('attempts').selectAll().orderBy('attempt').execute();
  for (const job of jobs) {
    const own = attempts.filter((attempt) => attempt.job === job.number);
    const of = `job ${job.number} (${job.state})`;
    claim(
      own.every(({ attempt }, index) => attempt === index + 1) && own.length === job.attempt,
      `${of}: a gap in its attempts`,
    );
    claim(
      own.every(({ outcome }) => outcome !== null),
      `${of}: an attempt without an end`,
    );
    claim(job.state !== 'processing' && job.worker === null && job.cancel_at === null, `${of}: still held`);
    const over = ['completed', 'dead', 'cancelled'].includes(job.state);
    claim(over === (job.finished_at !== null), `${of}: finished at ${job.finished_at}`);
    claim(job.state !== 'completed' || own.at(-1)?.outcome === 'succeeded', `${of}: its last attempt did not succeed`);
    const counted = own.filter(({ outcome }) => outcome === 'failed').length;
    claim(job.failures <= counted, `${of}: ${job.failures} failures, ${counted} recorded`);
  }
  const orphaned = attempts.filter(({ job }) => !jobs.some(({ number }) => number === job));
  claim(orphaned.length === 0, `${orphaned.length} attempts of no job; ${numbers.length} jobs`);
  const rows = new Map<string, number>();
  for (const { queue, state } of jobs) rows.set(`${queue} ${state}`, (rows.get(`${queue} ${state}`) ?? 0) + 1);
  const kept = (await readCounts(kysely)).map(({ queue, state, n }) => `${queue} ${state} ${n}`).sort();
  const counted = [...rows].map(([lane, n]) => `${lane} ${n}`).sort();
  claim(String(kept) === String(counted), `the counters say ${kept}, the rows ${counted}`);
  return troubles;
}
