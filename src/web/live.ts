// Tells all open pages of what has changed: the queue is looked at once for all of them, and not at all when there is none.
import { overviewDocument } from '../queue/document.js';
import { News } from '../queue/news.js';
import type { Queue } from '../queue/queue.js';

/** A change is told within half a second, and a busy queue is not looked at more often than this. */
const LOOKS_APART_MS = 300;
/** Uptimes and ages go on without any change. */
export const LONGEST_REST_MS = 5000;

export interface Tick {
  /** Goes up with each look: whatever a page shows besides may have changed. */
  revision: number;
  overview: ReturnType<typeof overviewDocument>;
}

export class Live {
  readonly #listeners = new Set<(tick: Tick) => void>();
  #last: Tick | undefined;
  #running = false;

  constructor(
    private readonly queue: Queue,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** The last tick is told at once. @returns ends it */
  listen(callback: (tick: Tick) => void): () => void {
    this.#listeners.add(callback);
    if (this.#running && this.#last) callback(this.#last);
    if (!this.#running) void this.#run();
    return () => this.#listeners.delete(callback);
  }

  async #run(): Promise<void> {
    this.#running = true;
    const news = new News(this.queue.database, LOOKS_APART_MS);
    try {
      while (this.#listeners.size > 0) {
        await this.#look();
        for (let rested = 0; rested < LONGEST_REST_MS && this.#listeners.size > 0; rested += 1000) {
          if (await this.#hears(news)) break;
        }
      }
    } finally {
      news.close();
      this.#running = false;
    }
  }

  async #hears(news: News): Promise<boolean> {
    try {
      return await news.within(1000);
    } catch (error) {
      this.failed(error);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return true;
    }
  }

  async #look(): Promise<void> {
    try {
      const overview = overviewDocument(await this.queue.overview());
      this.#last = { revision: (this.#last?.revision ?? 0) + 1, overview };
      for (const listener of this.#listeners) listener(this.#last);
    } catch (error) {
      this.failed(error); // the database may be away for a moment
    }
  }
}
