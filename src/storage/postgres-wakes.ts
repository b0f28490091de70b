// Wakes workers on any host: NOTIFY after a commit where somebody may be resting, LISTEN on a connection of its own.
import { sql } from 'kysely';
import type { Client } from 'pg';
import type { Executor, Wakes, Woken } from './database.js';
import { preparedLater } from './prepared.js';

const LONGEST_PAUSE_MS = 10_000;
/** In which what was said to ourselves must have come back. */
const ECHO_MS = 5000;
const ECHO = 'echo';

export class PostgresWakes implements Wakes {
  readonly #channel: string;
  readonly #ringing = new Set<Promise<unknown>>();

  constructor(
    private readonly kysely: Executor,
    schema: string,
    /** A connection that is no part of the pool, not yet connected. */
    private readonly newClient: () => Client,
  ) {
    this.#channel = `${schema}_wake`;
  }

  ring(who: Woken): void {
    const notify = who === 'everybody' ? this.#notification('') : this.#toResting();
    const done = notify.execute().catch(() => {}); // a missed wake-up costs one poll interval
    this.#ringing.add(done);
    void done.then(() => this.#ringing.delete(done));
  }

  /** A commit of its own would be synced like any other. Whoever is not yet resting now may be so before the commit. */
  async ringWith(tx: Executor): Promise<() => Promise<boolean>> {
    const rung = await this.#rungInside({}, tx);
    return async () => (await rung()).length > 0;
  }

  readonly #rungInside = preparedLater<object, unknown>(() => this.#toResting());

  /** What was rung for gets out before the program ends. */
  async close(): Promise<void> {
    await Promise.all(this.#ringing);
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
    let over = false;
    let echo: NodeJS.Timeout | undefined;
    let client: Client | undefined;
    let timer: NodeJS.Timeout | undefined;
    const connect = async (tries: number) => {
      const next = this.newClient();
      client = next;
      let lost = false;
      const again = () => {
        if (lost) return;
        lost = true;
        void next.end().catch(() => {});
        const pauseMs = Math.random() * Math.min(LONGEST_PAUSE_MS, 100 * 2 ** tries);
        if (!over) timer = setTimeout(() => void connect(tries + 1), pauseMs).unref();
      };
      next.on('error', again);
      next.on('end', again);
      next.on('notification', ({ payload }) => {
        clearTimeout(echo);
        if (payload !== ECHO) callback();
      });
      try {
        await next.connect();
        await next.query(`listen "${this.#channel}"`);
        tries = 0;
        callback(); // whatever was said while nobody listened
        clearTimeout(echo);
        echo = setTimeout(() => lost || deaf(), ECHO_MS).unref();
        await this.#notification(ECHO).execute();
      } catch {
        again(); // the poll interval remains
      }
    };
    void connect(0);
    return () => {
      over = true;
      clearTimeout(timer);
      clearTimeout(echo);
      void client?.end().catch(() => {});
    };
  }
}
