// What a queue knows that could be typed: ids of jobs, states, queues, types, causes, settings, workers.
import { JOB_STATES, type JobState } from '../job/job.js';
import { describePayload, knownTypes } from '../job-types/registry.js';
import { Queue } from '../queue/queue.js';
import { SETTING_NAMES, SETTINGS } from '../settings.js';
import { readCounts } from '../storage/counts.js';
import { dataFolder, locateDatabase } from '../storage/database.js';
import { isPostgres } from '../storage/postgres-address.js';
import { openCurrent } from '../storage/sqlite.js';
import type { Candidate, Wanted } from './line.js';

/** Which of the newest jobs are looked at. */
const JOBS = 500;
const PATIENCE_MS = 300;

/** The jobs that a command is about, where it is not about all. */
const OF_COMMAND: Record<string, readonly JobState[]> = {
  cancel: ['pending', 'processing', 'failed', 'held'],
  wait: ['pending', 'processing', 'failed', 'held'],
  hold: ['pending', 'failed'],
  release: ['held'],
  update: ['pending', 'failed', 'held'],
  retry: ['dead', 'failed', 'cancelled', 'completed'],
};

type Source = (queue: Queue, command: string) => Promise<Candidate[]>;

const SOURCES: Record<string, Source> = {
  jobs,
  queues: async (queue) => distinct((await readCounts(queue.database.kysely)).map((lane) => lane.queue)),
  types: async (queue) => {
    const used = (await readCounts(queue.database.kysely)).map(({ type }) => type);
    return distinct([...knownTypes().map(({ name }) => name), ...used]);
  },
  causes: async (queue) => distinct((await queue.deadByCause()).flatMap(({ cause }) => cause ?? [])),
  workers: async (queue) => distinct((await queue.workers.living()).map(({ name }) => name)),
  pools: async (queue) => distinct((await queue.workers.living()).map(({ pool }) => pool)),
  hosts: async (queue) => distinct((await queue.workers.living()).map(({ hostName }) => hostName)),
};

const OF_FLAG: Record<string, string> = {
  queue: 'queues',
  type: 'types',
  cause: 'causes',
  pool: 'pools',
  host: 'hosts',
};

/** Reads, and creates nothing: where there is no queue nothing is known. @param db as `--db` says */
export async function knownWords(wanted: Wanted, db: string | undefined, env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const fixed = withoutQueue(wanted);
  if (fixed) return fixed;
  const source = SOURCES[sourceOf(wanted) ?? ''];
  const queue = source && (await openExisting(db, env));
  if (!queue) return [];
  try {
    return await source(queue, wanted.command);
  } finally {
    await queue.close();
  }
}

function withoutQueue({ command, name, positional }: Wanted): Candidate[] | undefined {
  if (!positional && name === 'state') return JOB_STATES.map((word) => ({ word }));
  if (positional && name === 'name' && command.startsWith('config:')) {
    return SETTING_NAMES.map((word) => ({ word, about: SETTINGS[word].help }));
  }
  return undefined;
}

function sourceOf({ command, name, positional }: Wanted): string | undefined {
  if (!positional) return OF_FLAG[name];
  if (name === 'id') return 'jobs';
  if (command.startsWith('worker:')) return 'workers';
  if (command.startsWith('queue:')) return 'queues';
  return command === 'types:show' ? 'types' : undefined;
}

async function openExisting(db: string | undefined, env: NodeJS.ProcessEnv): Promise<Queue | undefined> {
  const location = locateDatabase(db, env);
  const options = { patienceMs: PATIENCE_MS, dataFolder: dataFolder(env) };
  if (!isPostgres(location)) {
    const database = await openCurrent(location, options);
    return database && new Queue(database, env);
  }
  const { openPostgres } = await import('../storage/postgres.js');
  return new Queue(await openPostgres(location, options), env);
}

/** The newest first. */
async function jobs(queue: Queue, command: string): Promise<Candidate[]> {
  const states = command.startsWith('dlq:') ? (['dead'] as const) : OF_COMMAND[command];
  const found = await queue.list({ states }, { limit: JOBS, descending: true });
  return found.map(({ id, state, type, payload }) => ({
    word: id,
    about: `${state}: ${describePayload(type, payload)}`,
  }));
}

function distinct(words: readonly string[]): Candidate[] {
  return [...new Set(words)].sort().map((word) => ({ word }));
}
