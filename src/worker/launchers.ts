// One launcher a slot, started when the slot has had its first job; the next ones go through it.
import { Launcher, launchersWork } from '../process/launcher.js';

export class Launchers {
  readonly #slots = new Map<number, Launcher>();
  readonly #work = !process.env.QUEUECTL_NO_LAUNCHERS && launchersWork();

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
