// `status --watch` and `top`: the full screen where there is one, else a line on each change.
import { untilStopped } from './process/until-stopped.js';
import { overviewDocument } from './queue/document.js';
import { News } from './queue/news.js';
import type { Queue } from './queue/queue.js';
import { changeLine, essence } from './terminal/live/change-line.js';

/** Sets the process's exit code. @param json a document a line instead */
export async function watchStatus(queue: Queue, json: boolean): Promise<void> {
  const fullScreen = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb' && !json;
  if (!fullScreen) return watchLines(queue, json);
  const { LiveTerminal } = await import('./live-terminal.js');
  process.exitCode = await new LiveTerminal(queue).run();
}

async function watchLines(queue: Queue, json: boolean): Promise<void> {
  let over = false;
  let last = '';
  let trouble = '';
  const stopped = untilStopped().then(() => {
    over = true;
  });
  const news = new News(queue.database);
  try {
    while (!over) {
      try {
        queue.database.checkStillThere();
        const overview = await queue.overview();
        trouble = '';
        if (essence(overview) !== last)
          process.stdout.write(`${json ? JSON.stringify(overviewDocument(overview)) : changeLine(overview)}\n`);
        last = essence(overview);
        await Promise.race([news.within(1000), stopped]);
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        if (said !== trouble) process.stderr.write(`${said}; trying again\n`);
        trouble = said;
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 1000)), stopped]);
      }
    }
  } finally {
    news.close();
  }
}
