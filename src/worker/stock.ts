// Jobs that were claimed ahead of their start: small ones that run in the worker itself, so that many share one commit.
import type { Claim } from '../storage/claims.js';

/** Work for so long is claimed ahead, no more: another worker may be idle. */
const AHEAD_MS = 50;
/** What has not begun by then is given back: a long job among short ones stands before it. */
const KEPT_MS = 250;
/** Nor is anything kept longer than this, or a queue that is paused would go on for as long as jobs of it are left here. */
const OLDEST_MS = 500;
/** Longer writes hold the lock for too long. */
const MOST = 500;
/** How much the latest run weighs in the average. */
const WEIGHT = 0.1;
/** Not even a job that does nothing is shorter. */
const SHORTEST_MS = 0.02;

export class Stock {
  #claims: { claim: Claim; at: number }[] = [];
  #filledAt = 0;
  #averageMs: number | undefined;

  constructor(private readonly slots: number) {}

  get size(): number {
    return this.#claims.length;
  }

  /** @param ms how long a job took that ran in the worker */
  ran(ms: number): void {
    this.#averageMs = this.#averageMs === undefined ? ms : this.#averageMs + WEIGHT * (ms - this.#averageMs);
  }

  /** How many more to claim; 0 while half of them are there, and before anything is known of how long they take. */
  get room(): number {
    if (this.#averageMs === undefined) return 0;
    const wanted = Math.min(MOST, Math.floor((this.slots * AHEAD_MS) / Math.max(this.#averageMs, SHORTEST_MS)));
    return this.size > wanted / 2 ? 0 : wanted - this.size;
  }

  add(claims: readonly Claim[]): void {
    const at = performance.now();
    if (this.size === 0) this.#filledAt = at;
    this.#claims.push(...claims.map((claim) => ({ claim, at })));
  }

  /** The next one to start; none when they are to be given back. */
  take(): Claim | undefined {
    if (this.keptForMs === 0) return undefined;
    this.#filledAt = performance.now();
    return this.#claims.shift()?.claim;
  }

  /** Until what is left is to be given back, ms; none is Infinity. */
  get keptForMs(): number {
    const [oldest] = this.#claims;
    if (!oldest) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(this.#filledAt + KEPT_MS, oldest.at + OLDEST_MS) - performance.now());
  }

  /** @returns those that are not to be started any more */
  remove(which: (claim: Claim) => boolean): Claim[] {
    const removed = this.#claims.filter(({ claim }) => which(claim));
    this.#claims = this.#claims.filter(({ claim }) => !which(claim));
    return removed.map(({ claim }) => claim);
  }
}
