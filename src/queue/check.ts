// db check: whether a queue is whole, and its rows agree with each other.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { disagreements } from '../storage/check-rows.js';
import { PruneStore } from '../storage/prune.js';
import { recount, wrongCounts } from '../storage/recount.js';
import type { Finding } from './finding.js';
import type { Queue } from './queue.js';

const MOST_TOLD = 5;

/** @param repair counts anew what is only derived */
export async function checkRows(queue: Queue, repair: boolean): Promise<Finding[]> {
  const findings = [await checkCounts(queue, repair)];
  const wrong = await disagreements(queue.database);
  for (const { what, count, example } of wrong) {
    findings.push({
      name: 'rows',
      level: 'problem',
      text: `${count} ${what}; the first: ${example}`,
      next: 'queuectl db backup FILE keeps what is there; restore an older backup, or report how it came to this',
    });
  }
  if (wrong.length === 0) findings.push({ name: 'rows', level: 'ok', text: 'all rows belong together' });
  return [...findings, ...(await checkFiles(queue))];
}

async function checkCounts({ database }: Queue, repair: boolean): Promise<Finding> {
  const name = 'counts';
  const wrong = await wrongCounts(database);
  if (wrong.length === 0) return { name, level: 'ok', text: 'the counters agree with the jobs' };
  const told = wrong
    .slice(0, MOST_TOLD)
    .map(({ queue, type, state, tooMany }) => `${queue}/${type} ${state} ${tooMany > 0 ? '+' : ''}${tooMany}`);
  const text = `${wrong.length === 1 ? '1 counter is' : `${wrong.length} counters are`} wrong: ${told.join(', ')}`;
  if (!repair) return { name, level: 'problem', text, next: 'queuectl db check --repair counts anew' };
  await recount(database);
  return { name, level: 'note', text: `${text}; counted anew` };
}

/** Of this host: another one's lie elsewhere. */
async function checkFiles(queue: Queue): Promise<Finding[]> {
  const { database, files } = queue;
  const store = new PruneStore(database);
  const strays = await store.strays(files.outputNames());
  const findings: Finding[] = [];
  if (strays.length > 0) {
    const text = `${strays.length} files in ${files.outputs} belong to no attempt`;
    findings.push({ name: 'stray_files', level: 'note', text, next: 'workers remove them, or queuectl db prune' });
  }
  if (!database.oneMachine) return findings;
  const missing = (await store.keptFiles()).filter((name) => !existsSync(join(files.outputs, name)));
  if (missing.length > 0) {
    const text = `${missing.length} long outputs are not in ${files.outputs}: their first and last parts are left`;
    findings.push({ name: 'missing_files', level: 'warning', text });
  }
  return findings;
}
