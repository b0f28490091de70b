// The jobs of a campaign: short and long, failing, too slow, with children, with much output. All keep the ledger.
import type { JobRequest } from '../../src/job/request.js';
import type { Random } from '../random.js';

/** What a job of each kind must come to; killed attempts may be repeated as often as it takes. */
const KINDS = {
  short: 6,
  long: 3,
  failing: 2,
  too_slow: 2,
  children: 2,
  escaping: 1,
  talkative: 1,
  fed: 1,
  big: 1,
} as const;

export type Kind = keyof typeof KINDS;

export interface TortureJob {
  kind: Kind;
  request: JobRequest & { id: string };
  /** The only states that it may end in. */
  ends: readonly string[];
}

const NEVER = 1_000_000;

export function randomJob(random: Random, number: number, ledger: string): TortureJob {
  const kind = random.weighted(KINDS);
  const id = `${kind}-${number}`;
  const works: Record<Kind, string> = {
    short: 'true',
    long: `for i in 1 2 3 4 5; do ${note('tick', ledger)}; sleep ${(random.between(1, 5) / 10).toFixed(1)}; done`,
    failing: `sleep 0.0${random.between(1, 9)}; (exit 3)`,
    too_slow: random.chance(0.3) ? "trap '' TERM; while :; do sleep 0.1; done" : 'sleep 600',
    children: 'sleep 1 & (sleep 0.1; sleep 0.2) & sleep 0.1',
    escaping: 'setsid sleep 1 & sleep 0.2',
    talkative: 'yes 0123456789abcdef | head -c 200000',
    fed: 'cat',
    big: `true # ${'x'.repeat(40_000)}`, // too long for a launcher
  };
  const command = ledgered(works[kind], ledger);
  const what = kind === 'fed' ? { type: 'shell', payload: { command, stdin: 'food\n'.repeat(1000) } } : { command };
  const policy =
    kind === 'failing' || kind === 'too_slow'
      ? { max_retries: random.between(0, 2), timeout_sec: kind === 'too_slow' ? random.between(2, 8) / 10 : 0 }
      : { max_retries: NEVER };
  const ends = kind === 'failing' || kind === 'too_slow' ? ['dead'] : ['completed'];
  return { kind, request: { id, ...what, ...policy, priority: random.between(0, 3) }, ends };
}

/** All lines of an attempt are written by one process: they show whether attempts overlap. */
function ledgered(work: string, ledger: string): string {
  return `${note('start', ledger)}\n${work}\nstatus=$?; ${note('end $status', ledger)}; exit $status`;
}

function note(what: string, ledger: string): string {
  return `echo "$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT ${what}" >> '${ledger}'`;
}
