// Workers of other hosts, as this process has seen them: silence is timed by its own clock, which never jumps (F23).

/** The last sign of life of a worker, as its row tells it. */
export interface SignOfLife {
  worker: number;
  /** Epoch ms. */
  seenAt: number;
  leaseUntil: number;
  /** By the database's clock: a lease that has run out. */
  leaseOver: boolean;
}

/** Of a lease. Signs of life come at most a fifth of it apart: in half of it two of them were missed. */
const LONG_ENOUGH = 1 / 2;

export class Silence {
  readonly #heard = new Map<number, { leaseUntil: number; at: number }>();

  constructor(private readonly monotonic = () => performance.now()) {}

  /**
   * Whether a worker is to be taken for dead. That its lease is over says little when the clock was set forward: then
   * all are over at once. So it must also have been silent while this process looked, and whoever looks for the first
   * time cannot know. After a whole lease of silence it is dead whatever the clock says, which may have been set back (F22).
   */
  isDeadly({ worker, seenAt, leaseUntil, leaseOver }: SignOfLife): boolean {
    const now = this.monotonic();
    const last = this.#heard.get(worker);
    if (last?.leaseUntil !== leaseUntil) {
      this.#heard.set(worker, { leaseUntil, at: now });
      return false;
    }
    return now - last.at > (leaseUntil - seenAt) * (leaseOver ? LONG_ENOUGH : 1);
  }
}
