// The command that runs one attempt of an isolated type: Node with a small program, told on its standard input what to do.
import type { ShellPayload } from '../job/job.js';
import type { JobFacts } from '../job/job-type.js';
import { originOf } from '../job-types/registry.js';
import { isolatedEntry } from '../program.js';

export interface IsolatedTask {
  /** Path of the queue's file, or its URL with the password: no argument and no variable holds it. */
  db: string;
  /** Folder of the plugin. */
  root: string;
  type: string;
  payload: unknown;
  number: number;
  attempt: number;
  job: JobFacts;
  /** Where it writes how it ended. */
  endFile: string;
}

export function isolatedCommand(task: Omit<IsolatedTask, 'root'>): ShellPayload {
  const told: IsolatedTask = { ...task, root: originOf(task.type).root };
  return { argv: [process.execPath, isolatedEntry()], stdin: JSON.stringify(told) };
}
