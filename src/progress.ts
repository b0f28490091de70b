// Shows work on several things at once: live on a terminal, a plain line each elsewhere. It is talk: standard error.
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Step } from './worker/pool.js';

/** Runs all steps side by side, and to their end also when one fails; or one by one, until one fails. @throws the first failure */
export async function showProgress(
  steps: readonly Step[],
  options: { silent: boolean; oneByOne?: boolean },
): Promise<void> {
  if (steps.length === 0) return;
  const failures: unknown[] = [];
  const live = process.stderr.isTTY && process.env.TERM !== 'dumb' && !options.silent;
  const tasks = steps.map(({ title, work }) => ({
    title,
    task: async (_: unknown, task: { title: string }) => {
      try {
        task.title = await work((title) => {
          task.title = title;
        });
        if (!live && !options.silent) process.stderr.write(`${task.title}\n`);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    },
  }));
  const oneByOne = options.oneByOne ?? false;
  const shared = { concurrent: !oneByOne, exitOnError: oneByOne, registerSignalListeners: false } as const;
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = live
    ? new Listr(tasks, { ...shared, rendererOptions: { logger, collapseErrors: true } })
    : new Listr(tasks, { ...shared, renderer: 'silent' });
  await list.run().catch(() => {}); // it is among the failures
  if (failures.length > 0) throw failures[0];
}
