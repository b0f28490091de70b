// How a handler in a process of its own says that it ended: a file beside its output, read when the process is gone.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Ending } from '../job/job.js';
import type { HandlerEnd } from '../job-types/run-handler.js';
import type { Ended } from '../storage/settlements.js';
import { type Accept, acceptedEnd } from './accepted-end.js';
import type { Collected } from './output.js';

/** Its process left without a word: the handler called process.exit(), or did not wait for what it had begun. */
const EXITED: Ending = {
  outcome: 'failed',
  cause: 'error:Exited',
  detail: 'its process ended before its handler had returned',
};

/** @param ending by the status of the process. @param found is added to: the file is spent */
export async function endOfIsolated(
  file: string,
  ending: Ending,
  accept: Accept,
  found: Collected,
): Promise<Pick<Ended, 'ending' | 'followUps'>> {
  if (!existsSync(file)) return { ending: ending.outcome === 'succeeded' ? EXITED : ending };
  found.spentFiles.push(basename(file));
  let told: HandlerEnd;
  try {
    told = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { ending }; // killed while it wrote
  }
  found.result = told.result;
  return acceptedEnd(told, accept);
}
