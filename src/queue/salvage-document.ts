// What db salvage says under --json.
import type { Salvaged } from '../storage/salvage.js';

/** With the path of the damaged file. */
export type SalvagedQueue = Salvaged & { from: string };

export function salvageDocument(salvaged: SalvagedQueue, file: string) {
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
