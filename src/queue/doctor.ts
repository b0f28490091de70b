// doctor: facts to paste into a report, each with what to do about it. No secrets: nothing of the environment, no passwords.
import { homedir } from 'node:os';
import { program } from '../program.js';
import { waitingLanes } from '../storage/waiting.js';
import { examineDatabase } from './doctor-database.js';
import type { Finding } from './finding.js';
import type { Overview } from './overview.js';
import type { Queue } from './queue.js';
import { unservedNote } from './served.js';

/** A ready job that waits for so long beside free slots is no matter of load. */
const LONG_WAIT_MS = 60_000;

export async function examineQueue(queue: Queue): Promise<Finding[]> {
  const overview = await queue.overview();
  return [
    ...(await examineDatabase(queue)),
    await settings(queue),
    counts(overview),
    ...workers(overview),
    ...(await waiting(queue)),
  ];
}

/** The home folder tells who somebody is, and is no part of any problem. */
export function withoutHome(findings: readonly Finding[]): Finding[] {
  const home = homedir();
  if (home === '/') return [...findings];
  return findings.map((finding) => ({ ...finding, text: finding.text.replaceAll(`${home}/`, '~/') }));
}

async function settings(queue: Queue): Promise<Finding> {
  const changed = (await queue.describeSettings()).filter((one) => one.value !== one.default);
  const told = changed.map(
    ({ name, value, from }) => `${name}=${value}${from === 'environment' ? ' (environment)' : ''}`,
  );
  return { name: 'settings', level: 'ok', text: told.length > 0 ? told.join(', ') : 'all settings are the defaults' };
}

function counts({ counts, queues }: Overview): Finding {
  const some = Object.entries(counts).filter(([, n]) => n > 0);
  const told = some.map(([state, n]) => `${state} ${n}`).join(', ') || 'no jobs';
  return { name: 'jobs', level: 'ok', text: `${told}${queues.length > 1 ? `, in ${queues.length} queues` : ''}` };
}

function workers({ workers: all }: Overview): Finding[] {
  const name = 'workers';
  const findings: Finding[] = [];
  const gone = all.filter((worker) => worker.gone);
  const here = program().version;
  const others = all.filter(({ gone, version }) => !gone && version !== here);
  if (gone.length > 0) {
    const text = `${gone.map((worker) => `${worker.name} of ${worker.hostName}`).join(', ')}: gone`;
    const next = 'queuectl worker start: a living worker takes over what they ran';
    findings.push({ name, level: gone.length === all.length ? 'problem' : 'warning', text, next });
  }
  if (others.length > 0) {
    const text = others.map(({ name: worker, version }) => `${worker} is of version ${version}`).join(', ');
    findings.push({ name, level: 'warning', text: `${text}; this is ${here}`, next: 'queuectl worker restart' });
  }
  const living = all.length - gone.length;
  if (findings.length === 0) findings.push({ name, level: 'ok', text: living === 0 ? 'none runs' : `${living} run` });
  return findings;
}

/** Lanes whose jobs nobody will run, or have waited for longer than they should. */
async function waiting({ database }: Queue): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { queue, type, paused, count, waitedMs } of await waitingLanes(database)) {
    const lane = `${count === 1 ? '1 job' : `${count} jobs`} of ${queue}/${type}`;
    const seconds = Math.round(waitedMs / 1000);
    const note = paused ? null : await unservedNote(database, queue, type);
    if (paused) {
      findings.push({
        name: 'waiting',
        level: 'note',
        text: `${lane} wait: the queue is paused`,
        next: `queuectl queue resume ${queue}`,
      });
    } else if (note !== null) {
      const [why, next] = note.split('; ');
      findings.push({
        name: 'waiting',
        level: 'problem',
        text: `${lane} wait, the oldest for ${seconds} s: ${why}`,
        next,
      });
    } else if (waitedMs > LONG_WAIT_MS) {
      findings.push({ name: 'waiting', level: 'note', text: `${lane} wait, the oldest for ${seconds} s` });
    }
  }
  return findings.length > 0 ? findings : [{ name: 'waiting', level: 'ok', text: 'no ready job waits in vain' }];
}
