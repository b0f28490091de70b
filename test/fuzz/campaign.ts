// Runs random command lines, some at a time, against queues of their own, and tells what went wrong.
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../random.js';
import { ended, type Result, Sandbox } from '../sandbox.js';
import { drawLine, type Line } from './line.js';
import { faultsOf } from './oracle.js';
import { fillQueue, healthFaults, makeFolder } from './seeded-queue.js';

export interface FuzzOptions {
  runs: number;
  seed: number;
  say?: (line: string) => void;
}

export interface FuzzReport {
  runs: number;
  /** How often the program left with each code. */
  codes: Record<string, number>;
  seconds: number;
  failures: string[];
}

/** Lines that share a queue. A round depends on its own seed alone, which is told with a failure. */
const ROUND = 50;
const DEADLINE_MS = 60_000;
/** Lines that stay are interrupted after this. */
const STAY_MS = 1500;

export async function runFuzz({ runs, seed, say = () => {} }: FuzzOptions): Promise<FuzzReport> {
  const startedAt = performance.now();
  const report: FuzzReport = { runs: 0, codes: {}, seconds: 0, failures: [] };
  const rounds = Math.ceil(runs / ROUND);
  let next = 0;
  const workOff = async () => {
    for (let round = next++; round < rounds; round = next++) {
      await runRound(seed + round, Math.min(ROUND, runs - round * ROUND), report);
      if (round % 20 === 19) say(`${report.runs} of ${runs} lines, ${report.failures.length} failures`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, workOff));
  report.seconds = Math.round((performance.now() - startedAt) / 1000);
  return report;
}

async function runRound(seed: number, lines: number, report: FuzzReport): Promise<void> {
  const random = new Random(seed);
  const sandbox = new Sandbox();
  try {
    const folder = makeFolder(sandbox);
    await fillQueue(sandbox);
    const fail = (line: Line | undefined, faults: string[], result?: Result) => {
      if (faults.length > 0) report.failures.push(described(seed, lines, faults, line, result));
    };
    for (let n = 0; n < lines; n++) {
      const line = drawLine(random);
      const { result, late, interrupted } = await runLine(sandbox, folder, line);
      report.runs += 1;
      report.codes[String(result.code)] = (report.codes[String(result.code)] ?? 0) + 1;
      fail(
        line,
        late ? [`it has not ended after ${DEADLINE_MS / 1000} s`] : faultsOf(line, result, interrupted),
        result,
      );
    }
    fail(undefined, await healthFaults(sandbox));
  } finally {
    await sandbox.remove();
  }
}

async function runLine(sandbox: Sandbox, cwd: string, line: Line) {
  const child = sandbox.start(line.argv, line.env, cwd);
  if (line.unread) child.stdout!.destroy();
  const over = new AbortController();
  let [late, interrupted] = [false, false];
  const watch = async () => {
    if (line.stays) {
      await sleep(STAY_MS, undefined, { signal: over.signal });
      interrupted = child.kill('SIGINT');
    }
    await sleep(DEADLINE_MS, undefined, { signal: over.signal });
    late = child.kill('SIGKILL');
  };
  const watching = watch().catch(() => {}); // it has ended before
  const result = await ended(child, line.stdin);
  over.abort();
  await watching;
  return { result, late, interrupted };
}

function described(seed: number, lines: number, faults: string[], line?: Line, result?: Result): string {
  const told = (text: string | Buffer | null) => JSON.stringify(text?.toString())?.slice(0, 2000);
  return [
    `✗ ${faults.join('; ')}`,
    ...(line ? [`  queuectl ${JSON.stringify(line.argv).slice(0, 4000)}`] : ['  after these lines']),
    ...(line
      ? [`  stdin ${told(line.stdin)}${line.unread ? ', standard output closed' : ''} env ${JSON.stringify(line.env)}`]
      : []),
    ...(result ? [`  code ${result.code} stdout ${told(result.stdout)}`, `  stderr ${told(result.stderr)}`] : []),
    `  repeat: npm run fuzz -- --seed ${seed} --runs ${lines}`,
  ].join('\n');
}
