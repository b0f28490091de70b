// Tells all open pages of what has changed: the queue is looked at once for all of them, and not at all when there is none.
import { overviewDocument } from '../queue/document.js';
import { News } from '../queue/news.js';
import type { Queue } from '../queue/queue.js';
import { queueDocument } from '../queue/queue-document.js';
import { viewQueues } from '../queue/queues.js';

/** A change is told within half a second, and a busy queue is not looked at more often than this. */
const LOOKS_APART_MS = 300;
/** Uptimes and ages go on without any change. */
export const LONGEST_REST_MS = 5000;
/** A look that takes longer is told as trouble: a server that fell silent refuses nothing. */
const LATE_MS = 3000;

export interface Tick {
  /** Goes up with each look: whatever a page shows besides may have changed. */
  revision: number;
  overview: ReturnType<typeof overviewDocument>;
  queues: ReturnType<typeof queueDocument>[];
}

export class Live {
  readonly #listeners = new Set<(event: Uint8Array) => void>();
  #revision = 0;
  /** Of the last look; undefined when nobody listens, and nobody looks. */
  #event: Uint8Array | undefined;
  #trouble: string | undefined;
  #running = false;

  /** @param failed is told once of each kind of failure, not once a second while a database is away */
  constructor(
    private readonly queue: Queue,
    private readonly failed: (error: Error) => void,
  ) {}

  /** The number of the last tick; undefined when what it told may be long past. */
  get revision(): number | undefined {
    return this.#event && this.#trouble === undefined ? this.#revision : undefined;
  }

  /** The last event is told at once, as it goes over a stream. @returns ends it */
  listen(callback: (event: Uint8Array) => void): () => void {
    this.#listeners.add(callback);
    if (this.#event) callback(this.#event);
    if (!this.#running) void this.#run();
    return () => this.#listeners.delete(callback);
  }

  /** After a change that was made here, which its page is to show at once. */
  async lookNow(): Promise<void> {
    if (this.#running) await this.#look();
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
      this.#event = undefined;
      this.#trouble = undefined;
      this.#running = false;
    }
  }

  async #hears(news: News): Promise<boolean> {
    try {
      return await news.within(1000);
    } catch (error) {
      this.#fails(error as Error);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return true;
    }
  }

  async #look(): Promise<void> {
    const late = setTimeout(() => this.#fails(new Error('the database does not answer')), LATE_MS);
    try {
      this.queue.database.checkStillThere();
      const overview = overviewDocument(await this.queue.overview());
      const queues = (await viewQueues(this.queue)).queues.map(queueDocument);
      this.#trouble = undefined;
      this.#revision += 1;
      this.#tell('tick', { revision: this.#revision, overview, queues } satisfies Tick);
    } catch (error) {
      this.#fails(error as Error); // the database may be away for a moment
    } finally {
      clearTimeout(late);
    }
  }

  #fails(error: Error): void {
    if (this.#trouble === error.message) return;
    this.#trouble = error.message;
    this.failed(error);
    this.#tell('trouble', {});
  }

  /** Written once for all pages. */
  #tell(event: 'tick' | 'trouble', data: object): void {
    this.#event = new TextEncoder().encode(`event: ${event}\nid: ${this.#revision}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const listener of this.#listeners) listener(this.#event);
  }
}
