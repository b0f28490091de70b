// One launcher a slot: a few are ready from the start, the others once their slot has had its first job.
import { Launcher, launchersWork } from '../process/launcher.js';

/** A job that wakes an idle worker finds one ready; hundreds of slots that may never be used have none. */
const READY_AT_START = 4;

export class Launchers {
  readonly #slots = new Map<number, Launcher>();
  readonly #work = !process.env.QUEUECTL_NO_LAUNCHERS && launchersWork();

  constructor(slots: number) {
    for (let slot = 1; slot <= Math.min(slots, READY_AT_START); slot++) this.prepare(slot);
  }

  /** @returns undefined when the slot's command must be started by spawn */
  of(slot: number): Launcher | undefined {
    const launcher = this.#slots.get(slot);
    return launcher?.usable ? launcher : undefined;
  }

  /** Who will run the slot's next command, for the record of its claim: `pid start`. */
  runner(slot: number): string | null {
    const identity = this.of(slot)?.identity;
    return identity ? `${identity.pid} ${identity.start}` : null;
  }

  /** Has one ready for the slot's next job. */
  prepare(slot: number): void {
    if (!this.#work || this.#slots.get(slot)?.alive) return;
    const launcher = Launcher.start();
    if (launcher) this.#slots.set(slot, launcher);
  }

  close(): void {
    for (const launcher of this.#slots.values()) launcher.close();
  }
}
