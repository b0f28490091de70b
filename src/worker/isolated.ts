// The process that runs one attempt of an isolated type (bin/isolated.js). What it prints is the attempt's output.
import { readFileSync, writeFileSync } from 'node:fs';
import type { RunHandler } from '../job/job-type.js';
import { loadHandler } from '../job-types/registry.js';
import { type HandlerEnd, runHandler } from '../job-types/run-handler.js';
import { openQueue } from '../open-queue.js';
import { findTypes, pluginAt } from '../plugins/find-types.js';
import type { IsolatedTask } from './isolated-command.js';
import { JobPorts } from './job-ports.js';

async function main({ db, root, type, payload, number, attempt, job, endFile }: IsolatedTask): Promise<HandlerEnd> {
  const abort = new AbortController();
  // Its worker asks so, and means it: the whole process group is killed after the grace period.
  process.on('SIGTERM', () => abort.abort(Object.assign(new Error('the attempt is to end'), { name: 'SIGTERM' })));
  for (const warning of await findTypes(await pluginAt(root))) console.error(warning);
  const handler = (await loadHandler(type)) as RunHandler;
  const queue = await openQueue({ db });
  const ports = new JobPorts(queue, () => {}).of(number, attempt);
  const log = (text: string) => process.stdout.write(text);
  const end = await runHandler({ handler, payload, job, attempt, signal: abort.signal }, { log, ...ports });
  writeFileSync(endFile, JSON.stringify(end), { mode: 0o600 });
  await queue.close();
  return end;
}

/** The whole of the process. */
export async function isolated(): Promise<void> {
  try {
    const { ending } = await main(JSON.parse(readFileSync(0, 'utf8')));
    process.stdout.write('', () => process.exit(ending.outcome === 'succeeded' ? 0 : 1));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
