// Wakes workers on any host, and whoever looks at jobs: NOTIFY with or after a commit, where somebody may be waiting for it.
import { sql } from 'kysely';
import type { Client } from 'pg';
import type { Executor, Wakes, Woken } from './database.js';
import { listenTo } from './postgres-listener.js';
import { preparedLater } from './prepared.js';

/** In which what was said to ourselves must have come back. */
const ECHO_MS = 5000;
const ECHO = 'echo';

/** A row of the settings: until when somebody watches, epoch ms. */
const WATCHED = 'store.watched_until';
/** How long it is good for, and how often it is renewed. */
const WATCHED_MS = 30_000;
const RENEW_MS = 10_000;
/** A commit that did not see the row was asked for before it was there, and is done by then. */
const UNSEEN_MS = 100;

const PRESENT = sql<number>`cast(extract(epoch from statement_timestamp()) * 1000 as bigint)`;

export class PostgresWakes implements Wakes {
  readonly #wake: string;
  readonly #news: string;
  /** What was said and is not known to be out. */
  readonly #saying = new Set<Promise<unknown>>();
  readonly #watching = new Set<() => void>();
  #endWatch: (() => void) | undefined;

  constructor(
    private readonly kysely: Executor,
    schema: string,
    /** A connection that is no part of the pool, not yet connected. */
    private readonly newClient: () => Client,
  ) {
    this.#wake = `${schema}_wake`;
    this.#news = `${schema}_news`;
  }

  ring(who: Woken): void {
    this.#say(who === 'everybody' ? this.#notification(this.#wake) : this.#toResting());
  }

  /** A commit of its own would be synced like any other. Whoever is not yet resting now may be so before the commit. */
  async ringWith(tx: Executor): Promise<() => Promise<boolean>> {
    const rung = await this.#rungInside({}, tx);
    return async () => (await rung()).length > 0;
  }

  readonly #rungInside = preparedLater<object, unknown>(() => this.#toResting());

  tell(): void {
    this.#say(this.#toWatching());
  }

  async tellWith(tx: Executor): Promise<void> {
    await this.#toldInside({}, tx);
  }

  readonly #toldInside = preparedLater<object, unknown>(() => this.#toWatching());

  /** What was said gets out before the program ends. */
  async close(): Promise<void> {
    await Promise.all(this.#saying);
  }

  #say(notification: { execute(): Promise<unknown> }): void {
    const done = notification.execute().catch(() => {}); // what is missed costs one poll interval
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
    return this.#notification(this.#wake).where(running, '<', slots);
  }

  /** For the same reason only while somebody has said that he watches. */
  #toWatching() {
    const until = this.kysely
      .selectFrom('settings')
      .select(sql<number>`cast(value as bigint)`.as('until'))
      .where('name', '=', WATCHED);
    return this.#notification(this.#news).where(until, '>', PRESENT);
  }

  #notification(channel: string, payload = '') {
    return this.kysely.selectNoFrom(sql`pg_notify(${channel}, ${payload})`.as('rung'));
  }

  /** @param deaf is called when nothing can be heard: behind a pooler in transaction mode LISTEN seems to work */
  listen(callback: () => void, deaf: () => void = () => {}): () => void {
    let echo: NodeJS.Timeout | undefined;
    const end = listenTo(this.#wake, this.newClient, {
      heard: (payload) => {
        clearTimeout(echo);
        if (payload !== ECHO) callback();
      },
      listening: async () => {
        callback();
        clearTimeout(echo);
        echo = setTimeout(deaf, ECHO_MS).unref();
        await this.#notification(this.#wake, ECHO).execute();
      },
      lost: () => clearTimeout(echo),
    });
    return () => {
      clearTimeout(echo);
      end();
    };
  }

  /** All that this program watches for comes by one connection. */
  watch(callback: () => void): () => void {
    this.#watching.add(callback);
    this.#endWatch ??= this.#watch();
    return () => {
      this.#watching.delete(callback);
      if (this.#watching.size > 0) return;
      this.#endWatch?.();
      this.#endWatch = undefined;
    };
  }

  #watch(): () => void {
    const callAll = () => {
      for (const callback of this.#watching) callback();
    };
    const timers: NodeJS.Timeout[] = [];
    const end = listenTo(this.#news, this.newClient, {
      heard: callAll,
      listening: async () => {
        await this.#announce();
        callAll(); // whatever was said while nobody listened
        timers.push(setTimeout(callAll, UNSEEN_MS).unref());
      },
    });
    timers.push(setInterval(() => void this.#announce(), RENEW_MS).unref());
    return () => {
      for (const timer of timers) clearTimeout(timer);
      end();
    };
  }

  /** Of many that watch at once, one writes in so long a time. Who may not write is not told, and looks by himself. */
  async #announce(): Promise<void> {
    const until = sql<string>`cast(${PRESENT} + cast(${WATCHED_MS} as bigint) as text)`;
    await this.kysely
      .insertInto('settings')
      .values({ name: WATCHED, value: until, changed_at: PRESENT, who: null })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(({ ref }) => ({ value: ref('excluded.value'), changed_at: ref('excluded.changed_at') }))
          .where(sql<boolean>`cast(settings.value as bigint) < cast(excluded.value as bigint) - ${RENEW_MS / 2}`),
      )
      .execute()
      .catch(() => {});
  }
}
