// What is done to a queue that may not even open: look at it, and save what can be read.
import { resolve } from 'node:path';
import { BadInput, Conflict, QueuectlError, StorageFault } from './errors.js';
import { openQueue } from './open-queue.js';
import { checkRows } from './queue/check.js';
import { examineQueue, withoutHome } from './queue/doctor.js';
import { examineDisk } from './queue/doctor-database.js';
import { examineMachine } from './queue/doctor-machine.js';
import type { Finding } from './queue/finding.js';
import type { SalvagedQueue } from './queue/salvage-document.js';
import { checkFile } from './storage/check-file.js';
import { locateDatabase } from './storage/database.js';
import { isPostgres } from './storage/postgres-address.js';
import { salvageFile } from './storage/salvage-file.js';
import { fileExists } from './storage/sqlite-file.js';

export interface Checked {
  location: string;
  /** The file itself is damaged; its rows were not looked at. */
  damaged: boolean;
  findings: Finding[];
}

/** @throws StorageFault where there is no queue, DatabaseBusy */
export async function checkQueue(
  db: string | undefined,
  env: NodeJS.ProcessEnv,
  options: { quick: boolean; repair: boolean },
): Promise<Checked> {
  const location = locateDatabase(db, env);
  const findings: Finding[] = [];
  if (!isPostgres(location)) {
    const { bytes, walBytes, damage } = checkFile(location, options.quick);
    for (const text of damage) findings.push({ name: 'file', level: 'problem', text });
    if (damage.length > 0) {
      findings.at(-1)!.next = 'queuectl worker stop, then queuectl db salvage NEW_FILE: it saves what can be read';
      return { location, damaged: true, findings };
    }
    const text = `the file is whole: ${bytes} bytes${walBytes > 0 ? `, and ${walBytes} in its WAL` : ''}`;
    findings.push({ name: 'file', level: 'ok', text });
  }
  const queue = await openQueue({ db, env });
  try {
    findings.push(...(await checkRows(queue, options.repair)));
    return { location: queue.database.location, damaged: false, findings };
  } finally {
    await queue.close();
  }
}

/** @param to path of the new file. @throws BadInput on PostgreSQL, Conflict, StorageFault */
export async function salvageQueue(
  db: string | undefined,
  env: NodeJS.ProcessEnv,
  to: string,
  onProgress: (page: number, of: number) => void,
): Promise<SalvagedQueue> {
  const from = locateDatabase(db, env);
  if (isPostgres(from))
    throw new BadInput('only a queue in a file can be salvaged', ['restore a backup of the server']);
  if (!fileExists(from)) throw new StorageFault(`there is no database ${from}`);
  if (resolve(to) === from) throw new Conflict('the new file has to be another one than the damaged one');
  return { from, ...(await salvageFile(from, resolve(to), onProgress)) };
}

/** @param plugins a line each. @param warnings what is wrong with them. @returns also when the queue does not open: why not */
export async function examine(
  db: string | undefined,
  env: NodeJS.ProcessEnv,
  plugins: readonly string[],
  warnings: readonly string[],
): Promise<Finding[]> {
  const findings = examineMachine(env);
  const installed = plugins.length > 0 ? plugins.join(', ') : 'none';
  findings.push({ name: 'plugins', level: 'ok', text: `plugins: ${installed}` });
  for (const text of warnings) findings.push({ name: 'plugins', level: 'warning', text, next: 'queuectl plugins' });
  try {
    findings.push(...(await findingsOf(db, env)));
  } catch (error) {
    if (!(error instanceof QueuectlError)) throw error;
    findings.push({ name: 'database', level: 'problem', text: error.message, next: error.suggestions.join('; ') });
  }
  return withoutHome(findings);
}

/** Looks only: a queue that is not there is not made. */
async function findingsOf(db: string | undefined, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const location = locateDatabase(db, env);
  if (!isPostgres(location) && !fileExists(location)) {
    const text = `there is no queue ${location} yet`;
    return [{ name: 'database', level: 'note', text, next: 'the first enqueue makes it' }, ...examineDisk(location)];
  }
  const queue = await openQueue({ db, env });
  try {
    return await examineQueue(queue);
  } finally {
    await queue.close();
  }
}
