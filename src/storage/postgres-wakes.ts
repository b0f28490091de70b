// Wakes workers on any host: NOTIFY with or after a commit where somebody may be resting, LISTEN on a connection of its own.
import { sql } from 'kysely';
import type { Client } from 'pg';
import type { Executor, Wakes, Woken } from './database.js';
import { listenTo } from './postgres-listener.js';
import { PostgresNews } from './postgres-news.js';
import { preparedLater } from './prepared.js';

/** In which what was said to ourselves must have come back. */
const ECHO_MS = 5000;
const ECHO = 'echo';
/** Nobody is to wake up for that. */
const WATCHED = 'watched';

export class PostgresWakes implements Wakes {
  readonly #channel: string;
  readonly #news: PostgresNews;
  /** What was said and may not be out yet. */
  readonly #saying = new Set<Promise<unknown>>();

  constructor(
    private readonly kysely: Executor,
    schema: string,
    /** A connection that is no part of the pool, not yet connected. */
    private readonly newClient: () => Client,
  ) {
    this.#channel = `${schema}_wake`;
    this.#news = new PostgresNews(kysely, schema, newClient, () => this.#notification(WATCHED).execute());
  }

  ring(who: Woken): void {
    const notify = who === 'everybody' ? this.#notification('') : this.#toResting();
    this.#say(notify.execute());
  }

  /** A commit of its own would be synced like any other. Whoever is not yet resting now may be so before the commit. */
  async ringWith(tx: Executor): Promise<() => Promise<boolean>> {
    const rung = await this.#rungInside({}, tx);
    return async () => (await rung()).length > 0;
  }

  readonly #rungInside = preparedLater<object, unknown>(() => this.#toResting());

  tell(): void {
    this.#say(this.#news.tell());
  }

  tellWith(tx: Executor): Promise<void> {
    return this.#news.tellWith(tx);
  }

  watch(callback: () => void): () => void {
    return this.#news.watch(callback);
  }

  /** What was said gets out before the program ends. */
  async close(): Promise<void> {
    await Promise.all(this.#saying);
  }

  #say(saying: Promise<unknown>): void {
    const done = saying.catch(() => {}); // what is missed costs one poll interval
    this.#saying.add(done);
    void done.then(() => this.#saying.delete(done));
  }

  /**
   * A NOTIFY is a commit of its own, and all of a server's wait for each other. So a job that was enqueued wakes only
   * where fewer jobs run than the living workers have slots; a worker that becomes idle looks once more by itself.
   */
  #toResting() {
    const slots = this.kysely
      .selectFrom('workers')
      .select(({ fn }) => fn.sum<number>('concurrency').as('n'))
      .where('ended_at', 'is', null);
    const running = this.kysely
      .selectFrom('counts')
      .select(({ fn }) => fn.coalesce(fn.sum<number>('n'), sql.lit(0)).as('n'))
      .where('state', '=', 'processing');
    return this.#notification('').where(running, '<', slots);
  }

  #notification(payload: string) {
    return this.kysely.selectNoFrom(sql`pg_notify(${this.#channel}, ${payload})`.as('rung'));
  }

  /** @param deaf is called when nothing can be heard: behind a pooler in transaction mode LISTEN seems to work */
  listen(callback: () => void, deaf: () => void = () => {}): () => void {
    let echo: NodeJS.Timeout | undefined;
    const end = listenTo(this.#channel, this.newClient, {
      heard: (payload) => {
        clearTimeout(echo);
        if (payload === ECHO) void this.#news.hear().catch(() => {});
        else if (payload === WATCHED) this.#news.heard();
        else callback();
      },
      listening: async () => {
        callback(); // whatever was said while nobody listened
        clearTimeout(echo);
        echo = setTimeout(deaf, ECHO_MS).unref();
        await this.#notification(ECHO).execute();
      },
      lost: () => {
        clearTimeout(echo);
        this.#news.deafen();
      },
    });
    return () => {
      clearTimeout(echo);
      end();
    };
  }
}
