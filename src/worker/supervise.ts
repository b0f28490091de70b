// The foreground: keeps workers as children of this process, passes signals on, and ends when they have ended.
import type { ChildProcess } from 'node:child_process';
import { leaveProcessOne } from '../process/init.js';
import { after } from '../queue/timer.js';
import { launchChild } from './launch.js';
import { type WorkerOptions, workerName } from './options.js';

const SHORTEST_RESTART_MS = 1000;
const LONGEST_RESTART_MS = 30_000;
/** A worker that ran for so long did not die of how it was started. */
const HEALTHY_MS = 60_000;
/** How a worker ends that nothing happened to. */
const ENDED = 'exit 0';

const UNREAPED =
  'as process 1 this program cannot reap what jobs leave behind: use Node 22.15 or newer, or an init (docker run --init)';

/** Process 1 of a container has a duty of its own, which a shell takes over. */
export function standAside(report: (line: string) => void): void {
  if (leaveProcessOne()) report(UNREAPED);
}

/**
 * @param report tells what the supervisor itself does
 * @returns when all workers have ended, because a signal or `worker stop` told them to
 */
export async function supervise(workers: readonly WorkerOptions[], report: (line: string) => void): Promise<void> {
  let stopping = false;
  const children = new Set<ChildProcess>();
  const tell = (signal: NodeJS.Signals) => {
    stopping = true;
    for (const child of children) child.kill(signal);
  };
  const onInterrupt = () => tell('SIGTERM');
  const onLeave = () => tell('SIGUSR2');
  const onHangUp = () => stopping || tell('SIGTERM');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt).on('SIGHUP', onHangUp).on('SIGUSR2', onLeave);
  // Started by hand, the terminal may be gone while the jobs still end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const keep = async (options: WorkerOptions) => {
    for (let deaths = 0; !stopping; ) {
      const startedAt = performance.now();
      const child = launchChild(options);
      children.add(child);
      const how = await ended(child);
      children.delete(child);
      if (stopping || how === ENDED) return; // it was told to stop by somebody else
      deaths = performance.now() - startedAt > HEALTHY_MS ? 1 : deaths + 1;
      const pauseMs = Math.min(SHORTEST_RESTART_MS * 2 ** (deaths - 1), LONGEST_RESTART_MS);
      report(`${workerName(options)} ended (${how}); starting it again in ${pauseMs / 1000} s`);
      await pause(pauseMs, () => stopping);
    }
  };
  await Promise.all(workers.map(keep));
  process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt).off('SIGHUP', onHangUp).off('SIGUSR2', onLeave);
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
}

/** Until the time is over, or sooner when there is no point in waiting any more. */
async function pause(ms: number, pointless: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = setInterval(() => pointless() && finish(), 50);
    const cancel = after(ms, () => finish());
    const finish = () => {
      clearInterval(look);
      cancel();
      resolve();
    };
  });
}
