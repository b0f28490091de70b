// What db salvage says under --json.
import type { Salvaged } from '../storage/salvage.js';

export function salvageDocument(salvaged: Salvaged & { from: string }, file: string) {
  return {
    from: salvaged.from,
    file,
    saved: salvaged.rows,
    lost_pages: salvaged.lostPages,
    lost_rows: salvaged.lostRows,
    left_out: salvaged.withoutPayload,
    held: [...salvaged.withoutRow, ...salvaged.inDoubt],
  };
}
