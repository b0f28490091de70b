// The documents of `--follow --json`, one a line.
import type { endDocument } from './document.js';

/** What a job prints and how it ends, as `enqueue --follow --json` and `logs --follow --json` tell it; instead of an end it may be an error document. */
export type FollowLine =
  | { event: 'enqueued'; id: string; queue: string }
  | {
      event: 'output';
      /** Bytes that are not UTF-8 are U+FFFD. */
      output: string;
    }
  | {
      event: 'note';
      /** A sentence about the output or the next attempt. */
      note: string;
    }
  | ({ event: 'ended' } & ReturnType<typeof endDocument>);
