// Jobs as a table or as CSV: the columns there are, and what each shows.
import { BadInput } from '../errors.js';
import { causeSentence } from '../job/cause.js';
import type { Job, JobState } from '../job/job.js';
import { nearest } from '../job/nearest.js';
import { describePayload } from '../job-types/registry.js';
import { percent } from './percent.js';
import type { Screen, Style } from './screen.js';
import { type Cell, table } from './table.js';
import { distance, localTime } from './time.js';

interface JobColumn {
  /** For people, in a table. */
  show(job: Job, now: number): Cell | string;
  /** For programs, in CSV. */
  write(job: Job): string;
  align?: 'right';
}

const STYLES: Partial<Record<JobState, Style>> = {
  processing: 'cyan',
  completed: 'green',
  failed: 'yellow',
  dead: 'red',
  cancelled: 'dim',
  held: 'dim',
};

export function stateCell(state: JobState): Cell {
  return { text: state, style: STYLES[state] };
}

/** With how far it is, where its attempt says so. */
function shownState({ state, progress }: Job): Cell {
  const { text, style } = stateCell(state);
  return { text: state === 'processing' && progress !== null ? `${text} ${percent(progress)}` : text, style };
}

const text = (read: (job: Job) => string): JobColumn => ({ show: read, write: read });
const number = (read: (job: Job) => number | null): JobColumn => {
  const write = (job: Job) => String(read(job) ?? '');
  return { show: write, write, align: 'right' };
};
const time = (read: (job: Job) => number | null, show: (at: number, now: number) => string): JobColumn => ({
  show: (job, now) => (read(job) === null ? '' : show(read(job)!, now)),
  write: (job) => (read(job) === null ? '' : new Date(read(job)!).toISOString()),
});

const COLUMNS = {
  id: text((job) => job.id),
  number: number((job) => job.number),
  state: { show: shownState, write: (job) => job.state },
  progress: text((job) => (job.progress === null ? '' : percent(job.progress))),
  queue: text((job) => job.queue),
  type: text((job) => job.type),
  command: text((job) => describePayload(job.type, job.payload)),
  priority: number((job) => job.priority),
  attempt: number((job) => job.attempt),
  failures: number((job) => job.failures),
  crashes: number((job) => job.crashes),
  cause: text((job) => job.cause ?? ''),
  reason: text((job) => causeSentence(job.cause)),
  next: time((job) => job.wakeAt, distance),
  expires: time((job) => job.expiresAt, distance),
  key: text((job) => job.key ?? ''),
  changed: time((job) => job.changedAt, distance),
  created_at: time((job) => job.createdAt, localTime),
  changed_at: time((job) => job.changedAt, localTime),
  run_at: time((job) => job.runAt, localTime),
  started_at: time((job) => job.startedAt, localTime),
  finished_at: time((job) => job.finishedAt, localTime),
} satisfies Record<string, JobColumn>;

export type JobColumnName = keyof typeof COLUMNS;
export const JOB_COLUMNS = Object.keys(COLUMNS) as JobColumnName[];

/** @param text names separated by commas. @throws BadInput */
export function readColumns(text: string): JobColumnName[] {
  return text.split(',').map((typed) => {
    const name = typed.trim().toLowerCase();
    if (Object.hasOwn(COLUMNS, name)) return name as JobColumnName;
    const meant = nearest(name, JOB_COLUMNS);
    throw new BadInput(`no such column: ${typed}`, [
      meant ? `did you mean ${meant}?` : `the columns are ${JOB_COLUMNS.join(', ')}`,
    ]);
  });
}

export function jobTable(jobs: readonly Job[], names: readonly JobColumnName[], now: number, screen: Screen): string {
  const columns = names.map((name): JobColumn => COLUMNS[name]);
  const heads = names.map((name, at) => ({ head: name.replace(/_at$/, ''), align: columns[at]!.align }));
  return table(
    heads,
    jobs.map((job) => columns.map((column) => column.show(job, now))),
    screen,
  );
}

/** RFC 4180, but with newlines alone at the ends of lines. */
export function jobCsv(jobs: readonly Job[], names: readonly JobColumnName[]): string {
  const lines = jobs.map((job) => names.map((name) => csvField((COLUMNS[name] as JobColumn).write(job))));
  return [names, ...lines].map((fields) => fields.join(',')).join('\n');
}

function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
