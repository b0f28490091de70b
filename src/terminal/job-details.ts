// What `show` shows: the facts of one job, then its timeline.
import { causeSentence } from '../job/cause.js';
import type { Job } from '../job/job.js';
import { maskedAll } from '../job/secret.js';
import { describePayload } from '../job-types/registry.js';
import { octal } from '../queue/document.js';
import type { JobDetails } from '../queue/queue.js';
import { duration } from './duration.js';
import { stateCell } from './job-table.js';
import { percent } from './percent.js';
import type { Screen } from './screen.js';
import { type Cell, table } from './table.js';
import { distance, localTime } from './time.js';
import { placeOf, timeline } from './timeline.js';

const SHOWN_RESULT = 200;

export function jobDetails(details: JobDetails, screen: Screen): string {
  return [facts(details, screen), timeline(details, screen)].join('\n\n');
}

function facts({ now, job, surroundings, attempts, workers }: JobDetails, screen: Screen): string {
  const when = (at: number) => `${localTime(at)} (${distance(at, now)})`;
  const rows: [string, Cell | string | null][] = [
    ['id', job.id],
    ['number', job.id === String(job.number) ? null : String(job.number)],
    ['state', stateCell(job.state)],
    ['reason', causeSentence(job.cause) || null],
    ['command', describePayload(job.type, job.payload)],
    ['folder', surroundings.cwd],
    ['umask', surroundings.umask === null ? null : octal(surroundings.umask)],
    ...Object.entries(maskedAll(surroundings.env)).map(([name, value]): [string, string] => [
      'env',
      `${name}=${value}`,
    ]),
    ['type', job.type],
    ['queue', job.queue],
    ['priority', String(job.priority)],
    ['key', job.key],
    ['worker', job.worker === null ? null : (placeOf(workers, job.worker) ?? String(job.worker))],
    [
      'attempts',
      `${job.attempt}, ${job.failures} counted as failures${job.crashes > 0 ? `, ${job.crashes} lost` : ''}`,
    ],
    ['max retries', job.maxRetries === null ? null : String(job.maxRetries)],
    ['backoff base', job.backoffBase === null ? null : String(job.backoffBase)],
    ['timeout', job.timeoutMs === null ? null : duration(job.timeoutMs)],
    ['progress', isRunning(job) ? percent(job.progress!) : null],
    ['retry of', job.parent === null ? null : String(job.parent)],
    ['run at', job.runAt > job.createdAt ? when(job.runAt) : null],
    ['next run', job.wakeAt === null ? null : when(job.wakeAt)],
    ['expires', job.expiresAt === null ? null : when(job.expiresAt)],
    ['result', shortened(attempts.at(-1)?.result ?? null)],
    ['finished', job.finishedAt === null ? null : when(job.finishedAt)],
  ];
  const shown = rows.filter((row): row is [string, Cell | string] => row[1] !== null);
  return table(
    [{}, {}],
    shown.map(([name, value]) => [{ text: name, style: 'dim' }, value]),
    screen,
  );
}

function isRunning({ state, progress }: Job): boolean {
  return state === 'processing' && progress !== null;
}

/** `--json` has it whole. */
function shortened(text: string | null): string | null {
  return text === null || text.length <= SHOWN_RESULT ? text : `${text.slice(0, SHOWN_RESULT)}…`;
}
