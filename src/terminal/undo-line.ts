// What there is to say after a change was undone.
import type { BulkUndo } from '../queue/change.js';
import { counted } from './moved-notes.js';

export function undoLine({ undone, ids, movedOn }: BulkUndo): string {
  const rest = movedOn > 0 ? `; ${counted(movedOn)} moved on since and ${movedOn === 1 ? 'is' : 'are'} left alone` : '';
  return `${counted(ids.length)} no longer ${undone.what}${rest}`;
}
