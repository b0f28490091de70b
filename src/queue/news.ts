// Rests until it is worth looking at jobs again: when somebody tells of a change, and by itself every second.
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../storage/database.js';
import { Bell } from './bell.js';

/** What is told may be missed. Behind a pooler, or where no file can be watched, this is all there is. */
const LONGEST_REST_MS = 1000;
/** Where much changes, looks are so far apart. */
const SHORTEST_REST_MS = 20;
/** A look that takes long is not repeated before so many times as long. */
const TIMES_THE_LOOK = 5;

/** Made before the first look: what changes after that is not missed. To be closed. */
export class News {
  readonly #bell = new Bell();
  readonly close: () => void;
  #lookedAt = performance.now();
  #lookMs: number | undefined;

  /** @param apartMs looks are at least so far apart */
  constructor(
    private readonly database: Database,
    private readonly apartMs = SHORTEST_REST_MS,
  ) {
    this.close = database.watch(() => this.#bell.ring());
  }

  /**
   * @param ms is not waited for longer than this
   * @returns true when it is worth looking, false when time is over
   * @throws StorageFault when the database is no longer where it was
   */
  async within(ms: number): Promise<boolean> {
    const now = performance.now();
    const until = now + ms;
    this.#lookMs ??= now - this.#lookedAt; // the caller comes from his look
    const soonest = this.#lookedAt + Math.max(this.apartMs, TIMES_THE_LOOK * this.#lookMs);
    const latest = Math.max(soonest, this.#lookedAt + LONGEST_REST_MS);
    const told = await this.#bell.wait(Math.min(until, latest) - now);
    if (!told && until < latest) return false;
    if (told && until < soonest) this.#bell.ring(); // for the next time
    if (told) await pause(Math.min(until, soonest) - performance.now());
    if (told && until < soonest) return false;
    this.database.checkStillThere();
    this.#lookedAt = performance.now();
    this.#lookMs = undefined;
    return true;
  }
}
