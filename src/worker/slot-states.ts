// Which jobs this process itself runs, in the state files of its slots: whoever comes after it tells those that had begun
// from those that it had only claimed.
import { constants, openSync, writeSync } from 'node:fs';
import { stateFile, stateText } from '../process/attempt-state.js';

export class SlotStates {
  readonly #open = new Map<number, number>();

  constructor(
    private readonly folder: string,
    private readonly worker: number,
  ) {}

  /** Costs a few microseconds: the file stays open, and needs to outlive this process only, not its machine. */
  name(slot: number, job: number, attempt: number): void {
    try {
      this.#name(slot, job, attempt);
    } catch {
      // on a full disk: a crash would be taken for a release
    }
  }

  #name(slot: number, job: number, attempt: number): void {
    let descriptor = this.#open.get(slot);
    if (descriptor === undefined) {
      const file = stateFile(this.folder, this.worker, slot);
      // Neither cut short nor appended to: shells write to it too.
      descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o600);
      this.#open.set(slot, descriptor);
    }
    writeSync(descriptor, stateText(job, attempt, process.pid), 0);
  }
}
