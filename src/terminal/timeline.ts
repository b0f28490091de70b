// A job's life in order: what was done to it, and its attempts.
import { causeSentence } from '../job/cause.js';
import type { Attempt, JobEvent, Outcome } from '../job/job.js';
import type { JobDetails } from '../queue/queue.js';
import { duration } from './duration.js';
import type { Screen, Style } from './screen.js';
import { table } from './table.js';
import { localTime } from './time.js';

interface Entry {
  at: number;
  text: string;
  style?: Style;
}

const STYLES: Partial<Record<Outcome, Style>> = {
  succeeded: 'green',
  failed: 'yellow',
  timed_out: 'yellow',
  lost: 'red',
};

export function timeline(details: JobDetails, screen: Screen): string {
  const rows = entries(details).map(({ at, text, style }) => [
    { text: localTime(at), style: 'dim' as const },
    { text, style },
  ]);
  return table([{}, {}], rows, screen);
}

function entries({ job, attempts, events, workers }: JobDetails): Entry[] {
  const all = [
    { at: job.createdAt, text: 'enqueued' },
    ...attempts.flatMap((attempt) => attemptEntries(attempt, placeOf(workers, attempt.worker))),
    ...events.map(eventEntry),
  ];
  return all.sort((a, b) => a.at - b.at); // stable: what happened in the same millisecond stays in this order
}

/** Its name, and its host where the job was on several. */
export function placeOf(workers: JobDetails['workers'], worker: number): string | undefined {
  const place = workers.get(worker);
  const hosts = new Set([...workers.values()].map(({ hostName }) => hostName));
  return place && hosts.size > 1 ? `${place.name} on ${place.hostName}` : place?.name;
}

function attemptEntries(attempt: Attempt, worker: string | undefined): Entry[] {
  const name = `attempt ${attempt.attempt}`;
  const start = { at: attempt.startedAt, text: `${name} started${worker ? ` on ${worker}` : ''}` };
  if (attempt.finishedAt === null || attempt.outcome === null) return [start];
  const said = causeSentence(attempt.cause);
  const outcome = attempt.outcome.replace('_', ' ');
  const why = said && said !== outcome ? `: ${said}` : '';
  const more = attempt.detail ? ` (${attempt.detail})` : '';
  const took = attempt.runMs === null ? '' : ` after ${duration(attempt.runMs)}`;
  return [
    start,
    { at: attempt.finishedAt, text: `${name} ${outcome}${took}${why}${more}`, style: STYLES[attempt.outcome] },
  ];
}

function eventEntry({ at, what, who, before }: JobEvent): Entry {
  const state = before === null ? undefined : (JSON.parse(before) as { state?: string }).state;
  return { at, text: `${what} by ${who}${state ? `, was ${state}` : ''}` };
}
