// A worker's hold on its jobs while its signs of life fail, or when the clock has jumped under it.

/** What is to be done about it. */
export interface LeaseDuties {
  /** Another host will take the jobs over when the lease is over: they must have ended by then. */
  giveBack(how: 'release' | 'now'): void;
  /** The machine slept, or its clock was set forward: others may have taken this worker for dead. */
  renew(): void;
  /** What waits for a time would wait so much longer. */
  clockWentBack(): void;
}

/** Set back or forth by less than this, nothing is noticed. */
const JUMP_MS = 5000;

export class Lease {
  #renewedAt: number;
  #renewedAtWall: number;
  #offset: number;
  #shared = false;

  constructor(
    private readonly leaseMs: () => number,
    private readonly duties: LeaseDuties,
    private readonly clocks = { monotonic: () => performance.now(), wall: () => Date.now() },
  ) {
    this.#renewedAt = clocks.monotonic();
    this.#renewedAtWall = clocks.wall();
    this.#offset = clocks.wall() - clocks.monotonic();
  }

  /**
   * To be called before the sign of life is sent: the answer may come late, and the lease does not begin with it.
   * @param shared workers on other hosts use the same queue: only they go by the lease, and not by the process
   * @returns to be called when it was taken; tells whether the lease had been over until then
   */
  renewing(shared: boolean): () => boolean {
    this.#shared = shared;
    const [at, atWall] = [this.clocks.monotonic(), this.clocks.wall()];
    return () => {
      const wasOver = this.isOver;
      if (at >= this.#renewedAt) [this.#renewedAt, this.#renewedAtWall] = [at, atWall];
      return wasOver;
    };
  }

  /** The process was frozen, or its machine slept: it may be no worker any more, and claims nothing before it has asked. */
  get isOver(): boolean {
    const { monotonic, wall } = this.clocks;
    return Math.max(monotonic() - this.#renewedAt, wall() - this.#renewedAtWall) > this.leaseMs();
  }

  /** To be called several times in a lease. */
  look(): void {
    const now = this.clocks.monotonic();
    const jump = this.clocks.wall() - now - this.#offset;
    this.#offset += jump;
    if (jump > JUMP_MS) this.duties.renew();
    if (jump < -JUMP_MS) this.duties.clockWentBack();
    const spent = (now - this.#renewedAt) / this.leaseMs();
    if (this.#shared && spent > 2 / 3) this.duties.giveBack(spent > 5 / 6 ? 'now' : 'release');
  }
}
