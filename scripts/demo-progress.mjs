// Shows a queue at work until all jobs have ended: a live bar on a terminal, a plain line at each change elsewhere.
import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 120_000;
const BAR = 30;

/** @param isOver asked between looks; ends the show early */
export async function showProgress(queue, total, isOver) {
  const live = process.stdout.isTTY && process.env.TERM !== 'dumb';
  const until = performance.now() + DEADLINE_MS;
  let last = '';
  for (;;) {
    const { counts } = await queue.overview();
    const ended = counts.completed + counts.dead + counts.cancelled;
    const line = `${ended}/${total} ended   ${counts.processing} running   ${counts.pending} pending   ${counts.failed} waiting for a retry`;
    if (live) process.stdout.write(`\r\x1b[K${fitted(`${bar(ended / total)} ${line}`)}`);
    else if (line !== last) console.log(line);
    last = line;
    if (ended === total || isOver() || performance.now() > until) break;
    await sleep(live ? 80 : 1000);
  }
  if (live) process.stdout.write('\n');
  if (performance.now() > until) throw new Error('not all jobs ended in time');
}

function bar(part) {
  const full = Math.round(part * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

function fitted(line) {
  return line.slice(0, (process.stdout.columns ?? 80) - 1);
}
