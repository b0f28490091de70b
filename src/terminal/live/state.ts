// What the live terminal stands at, and what a key makes of it. Nothing here reads or writes.
import { BadInput } from '../../errors.js';
import { CHANGES, type ChangeKind } from '../../job/change.js';
import type { Job } from '../../job/job.js';
import { parseWhere } from '../../job/where.js';
import type { Overview } from '../../queue/overview.js';

export const ORDERS = ['activity', 'newest', 'oldest', 'priority', 'changed'] as const;
export type Order = (typeof ORDERS)[number];

/** What a key asks to be done to the queue. */
export type Deed =
  | { kind: Extract<ChangeKind, 'cancel' | 'retry' | 'hold' | 'release'>; job: Job }
  | { kind: 'pause' | 'resume'; queue: string };

/** What a key asks for besides another state. */
export type Wish =
  | { is: 'leave' | 'suspend' | 'redraw' | 'look' | 'close' }
  | { is: 'open'; job: Job }
  | { is: 'do'; deed: Deed };

export interface LiveState {
  view: 'jobs' | 'output' | 'help' | 'filter' | 'question';
  /** The number of the job at the cursor, and where it stood: the cursor stays with its job. */
  chosen: number | null;
  at: number;
  order: Order;
  where: string;
  /** The filter that is being typed, and what is wrong with it. */
  typed: string;
  wrong: string;
  question: { text: string; deed: Deed } | null;
  /** What the last deed did. */
  notice: string;
  opened: Job | null;
  /** Lines of the output below the window; 0 follows. */
  below: number;
}

/** What was read of the queue. */
export interface Shown {
  overview: Overview;
  jobs: readonly Job[];
}

export const BEGINNING: LiveState = {
  view: 'jobs',
  chosen: null,
  at: 0,
  order: 'activity',
  where: '',
  typed: '',
  wrong: '',
  question: null,
  notice: '',
  opened: null,
  below: 0,
};

type Next = [LiveState, Wish?];

/** @param page so many lines are a page */
export function press(state: LiveState, key: string, shown: Shown | undefined, page: number): Next {
  if (key === 'ctrl-c') return [state, { is: 'leave' }];
  if (key === 'ctrl-z') return [state, { is: 'suspend' }];
  if (key === 'ctrl-l') return [state, { is: 'redraw' }];
  if (state.view === 'filter') return type(state, key);
  if (state.view === 'question') return answer(state, key);
  if (state.view === 'help') return [{ ...state, view: 'jobs' }];
  if (state.view === 'output') return scroll(state, key, page);
  return choose({ ...state, notice: '' }, key, shown, page);
}

/** Where the cursor is when other jobs have come and gone. */
export function cursor({ chosen, at }: LiveState, jobs: readonly Job[]): number {
  const found = jobs.findIndex(({ number }) => number === chosen);
  return found >= 0 ? found : Math.max(0, Math.min(at, jobs.length - 1));
}

function choose(state: LiveState, key: string, shown: Shown | undefined, page: number): Next {
  const jobs = shown?.jobs ?? [];
  const at = cursor(state, jobs);
  const job = jobs[at];
  const move = (to: number): Next => {
    const next = Math.max(0, Math.min(to, jobs.length - 1));
    return [{ ...state, at: next, chosen: jobs[next]?.number ?? null }];
  };
  const steps: Record<string, number> = { up: -1, k: -1, down: 1, j: 1, 'page-up': -page, 'page-down': page };
  if (key in steps) return move(at + steps[key]!);
  if (key === 'home' || key === 'g') return move(0);
  if (key === 'end' || key === 'G') return move(jobs.length - 1);
  if (key === 'q') return [state, { is: 'leave' }];
  if (key === '?') return [{ ...state, view: 'help' }];
  if (key === 'f' || key === '/') return [{ ...state, view: 'filter', typed: state.where, wrong: '' }];
  if (key === 's') {
    const order = ORDERS[(ORDERS.indexOf(state.order) + 1) % ORDERS.length]!;
    return [{ ...state, order, at: 0, chosen: null }, { is: 'look' }];
  }
  if (!job) return [state];
  const stay = { ...state, at, chosen: job.number };
  if (key === 'enter')
    return [
      { ...stay, view: 'output', opened: job, below: 0 },
      { is: 'open', job },
    ];
  if (key === 'c') return ask(stay, 'cancel', job);
  if (key === 'r') return ask(stay, 'retry', job);
  if (key === 'h') {
    const kind = job.state === 'held' ? 'release' : 'hold';
    return refused(stay, kind, job) ?? [stay, { is: 'do', deed: { kind, job } }];
  }
  if (key === 'p') {
    const paused = shown?.overview.queues.some(({ name, pause }) => name === job.queue && pause !== null);
    const kind = paused ? 'resume' : 'pause';
    const text = `${paused ? 'Resume' : 'Pause'} queue ${job.queue}?`;
    return [{ ...stay, view: 'question', question: { text, deed: { kind, queue: job.queue } } }];
  }
  return [state];
}

function ask(state: LiveState, kind: 'cancel' | 'retry', job: Job): Next {
  const text = `${kind === 'cancel' ? 'Cancel' : 'Retry'} job ${job.id}?`;
  return refused(state, kind, job) ?? [{ ...state, view: 'question', question: { text, deed: { kind, job } } }];
}

function refused(state: LiveState, kind: ChangeKind, job: Job): Next | undefined {
  const { from, done } = CHANGES[kind];
  if (from.includes(job.state)) return undefined;
  return [{ ...state, notice: `job ${job.id} is ${job.state}; what can be ${done}: ${from.join(', ')}` }];
}

function answer(state: LiveState, key: string): Next {
  const next: LiveState = { ...state, view: 'jobs', question: null };
  return /^y$/i.test(key) && state.question ? [next, { is: 'do', deed: state.question.deed }] : [next];
}

function type(state: LiveState, key: string): Next {
  const { typed } = state;
  if (key === 'escape') return [{ ...state, view: 'jobs' }];
  if (key === 'backspace') return [{ ...state, typed: [...typed].slice(0, -1).join(''), wrong: '' }];
  if (key === 'ctrl-u') return [{ ...state, typed: '', wrong: '' }];
  if (key !== 'enter') return [[...key].length === 1 ? { ...state, typed: typed + key, wrong: '' } : state];
  const where = typed.trim();
  const wrong = where === '' ? '' : faultOf(where);
  if (wrong !== '') return [{ ...state, wrong }];
  return [{ ...state, view: 'jobs', where, at: 0, chosen: null }, { is: 'look' }];
}

/** @returns what is wrong with a filter, or nothing */
function faultOf(where: string): string {
  try {
    parseWhere(where);
    return '';
  } catch (error) {
    if (error instanceof BadInput) return error.message.replace(/^--where: /, '');
    throw error;
  }
}

function scroll(state: LiveState, key: string, page: number): Next {
  if (key === 'q' || key === 'escape') return [{ ...state, view: 'jobs', opened: null }, { is: 'close' }];
  const steps: Record<string, number> = {
    up: 1,
    k: 1,
    down: -1,
    j: -1,
    'page-up': page,
    b: page,
    'page-down': -page,
    ' ': -page,
    home: Number.MAX_SAFE_INTEGER,
    g: Number.MAX_SAFE_INTEGER,
    end: Number.MIN_SAFE_INTEGER,
    G: Number.MIN_SAFE_INTEGER,
  };
  return [key in steps ? { ...state, below: Math.max(0, state.below + steps[key]!) } : state];
}
