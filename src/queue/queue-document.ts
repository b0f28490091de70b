// The documents about queues that `--json` prints.
import { pauseDocument, time } from './document.js';
import type { QueueChange, QueueView } from './queues.js';

export function queueDocument({ name, counts, pause, workers, oldest }: QueueView) {
  return {
    name,
    counts,
    ...pauseDocument(pause),
    workers,
    oldest_waiting: oldest && { id: oldest.id, since: time(oldest.since) },
  };
}

/** @param what became of them: `paused` or `resumed` */
export function queueChangeDocument(what: string, { changed, unchanged, notes }: QueueChange) {
  return { [what]: changed, unchanged, notes };
}
