// What the live terminal shows: state and what was read become lines that fit.
import type { Job } from '../../job/job.js';
import { type JobColumnName, jobTable } from '../job-table.js';
import { oneLine } from '../sanitize.js';
import { paint, type Screen } from '../screen.js';
import { statusView } from '../status-view.js';
import { cut, pad } from '../width.js';
import { cursor, type LiveState, type Shown } from './state.js';

export interface Window extends Screen {
  rows: number;
}

const WIDE: readonly JobColumnName[] = ['id', 'state', 'queue', 'attempt', 'changed', 'reason', 'command'];
const MIDDLE: readonly JobColumnName[] = ['id', 'state', 'changed', 'command'];
const NARROW: readonly JobColumnName[] = ['id', 'state', 'command'];

const HELP = [
  'up down j k      move; PgUp PgDn Home End',
  'Enter            output of the job, as it comes',
  'c  r             cancel, retry: asks first',
  'h                hold, or release what is held',
  'p                pause the queue of the job, or resume',
  'f or /           filter: priority > 5 and created < 1h',
  's                another order',
  'Ctrl-L           draw anew',
  'q  Ctrl-C        leave',
];

/** @param trouble what keeps the queue from being read @returns at most as many lines as there are rows */
export function frame(
  state: LiveState,
  shown: Shown | undefined,
  output: readonly string[],
  trouble: string,
  window: Window,
): string[] {
  const room = Math.max(0, window.rows - 1);
  const above =
    state.view === 'help'
      ? HELP.map((text) => cut(text, window.columns))
      : state.view === 'output'
        ? outputLines(state, output, room, window)
        : shown
          ? overviewLines(state, shown, room, window)
          : [cut('reading the queue …', window.columns)];
  const lines = above.slice(0, room);
  while (lines.length < room) lines.push('');
  return [...lines, foot(state, trouble, window)];
}

/** How many of them fit into the window of the output. */
export function outputRoom(rows: number): number {
  return Math.max(1, rows - 2);
}

function overviewLines(state: LiveState, { overview, jobs }: Shown, room: number, window: Window): string[] {
  const status = statusView(overview, window).split('\n');
  const wanted = Math.min(jobs.length + 1, Math.ceil(room / 2));
  const top = cutBelow(status, room - wanted - 1, window);
  const rest = room - top.length - 1;
  return [...top, '', ...jobLines(state, jobs, overview.now, rest, window)];
}

function cutBelow(lines: readonly string[], room: number, window: Window): string[] {
  if (lines.length <= room) return [...lines];
  const kept = Math.max(0, room - 1);
  return [...lines.slice(0, kept), cut(`… ${lines.length - kept} lines more`, window.columns)].slice(
    0,
    Math.max(0, room),
  );
}

function jobLines(state: LiveState, jobs: readonly Job[], now: number, room: number, window: Window): string[] {
  if (jobs.length === 0)
    return [
      cut(state.where === '' ? 'no jobs; add one: queuectl enqueue -- date' : 'no job fits the filter', window.columns),
    ];
  const at = cursor(state, jobs);
  const height = Math.max(1, room - 1);
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), jobs.length - height));
  const some = jobs.slice(first, first + height);
  const columns = window.columns < 50 ? NARROW : window.columns < 80 ? MIDDLE : WIDE;
  const narrower = { colours: window.colours, columns: Math.max(1, window.columns - 2) };
  const [head, ...rows] = jobTable(some, columns, now, narrower).split('\n');
  const chosen = jobTable(some, columns, now, { ...narrower, colours: false }).split('\n')[at - first + 1]!;
  const lines = rows.map((row, index) =>
    index === at - first
      ? paint('inverse', pad(cut(`> ${chosen}`, window.columns), window.columns), window)
      : `  ${row}`,
  );
  return [`  ${head}`, ...lines].slice(0, Math.max(1, room));
}

function outputLines({ opened, below }: LiveState, output: readonly string[], room: number, window: Window): string[] {
  const height = Math.max(1, room - 1);
  const end = Math.max(Math.min(height, output.length), output.length - below);
  const title = `output of job ${oneLine(opened?.id ?? '')}${end < output.length ? `, ${output.length - end} lines below` : ''}`;
  const lines = output.slice(Math.max(0, end - height), end).map((text) => cut(text, window.columns));
  return [paint('bold', cut(title, window.columns), window), ...lines];
}

function foot(state: LiveState, trouble: string, window: Window): string {
  const line = (text: string, style?: 'red' | 'yellow' | 'dim') =>
    paint(style, cut(oneLine(text), window.columns), window);
  if (state.view === 'filter') {
    // The end of what is typed is what must be seen.
    if (state.wrong !== '') return line(state.wrong, 'red');
    const room = Math.max(1, window.columns - 10);
    return line(`filter: ${[...state.typed].slice(-room).join('')}_`);
  }
  if (state.view === 'question') return line(`${state.question?.text ?? ''} [y/N]`, 'yellow');
  if (trouble !== '') return line(trouble, 'red');
  if (state.view === 'help') return line('any key goes back', 'dim');
  if (state.view === 'output') return line('q back  up/down scroll  End follow', 'dim');
  if (state.notice !== '') return line(state.notice, 'yellow');
  const filter = state.where === '' ? '' : `  where ${state.where}`;
  return line(`? help  q leave  by ${state.order}${filter}`, 'dim');
}
