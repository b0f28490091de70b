// Tells whoever looks at jobs that something has changed: NOTIFY with or after a commit, but only while somebody watches.
import { sql } from 'kysely';
import type { Client } from 'pg';
import type { Executor } from './database.js';
import { listenTo } from './postgres-listener.js';
import { preparedLater } from './prepared.js';

/** A row of the settings: until when somebody watches, epoch ms. */
const WATCHED = 'store.watched_until';
/** How long it is good for, and how often it is renewed. */
const WATCHED_MS = 30_000;
const RENEW_MS = 10_000;
/** A commit that did not know of the row was asked for before it was there, and is done by then. */
const UNSEEN_MS = 100;

const PRESENT = sql<number>`cast(extract(epoch from statement_timestamp()) * 1000 as bigint)`;

export class PostgresNews {
  readonly #channel: string;
  readonly #callbacks = new Set<() => void>();
  #endWatch: (() => void) | undefined;
  /** For how long somebody watches, by `performance.now()`; undefined where this program does not hear of it. */
  #heardUntil: number | undefined;

  constructor(
    private readonly kysely: Executor,
    schema: string,
    /** A connection that is no part of the pool, not yet connected. */
    private readonly newClient: () => Client,
    /** Tells all that listen for wake-ups that somebody watches now. */
    private readonly announce: () => Promise<unknown>,
  ) {
    this.#channel = `${schema}_news`;
  }

  /** From now on it is announced to this program that somebody watches: who does already is looked up. */
  async hear(): Promise<void> {
    const row = await this.kysely
      .selectFrom('settings')
      .select(sql<number>`cast(value as bigint) - ${PRESENT}`.as('leftMs'))
      .where('name', '=', WATCHED)
      .executeTakeFirst();
    this.#heardUntil = Math.max(this.#heardUntil ?? 0, performance.now() + (row?.leftMs ?? 0));
  }

  /** It was announced. */
  heard(): void {
    this.#heardUntil = performance.now() + WATCHED_MS;
  }

  /** Announcements do not come any more. */
  deafen(): void {
    this.#heardUntil = undefined;
  }

  async tell(): Promise<void> {
    if (this.#isAlone) return;
    await this.#notification().execute();
  }

  /** The answer is not waited for. */
  async tellWith(tx: Executor): Promise<void> {
    if (this.#isAlone) return;
    await this.#toldInside({}, tx);
  }

  readonly #toldInside = preparedLater<object, unknown>(() => this.#notification());

  /** Nobody watches, as this program would have heard: then it is spared a statement a commit. */
  get #isAlone(): boolean {
    return this.#heardUntil !== undefined && this.#heardUntil < performance.now();
  }

  #notification() {
    const until = this.kysely
      .selectFrom('settings')
      .select(sql<number>`cast(value as bigint)`.as('until'))
      .where('name', '=', WATCHED);
    const rung = sql`pg_notify(${this.#channel}, '')`.as('rung');
    return this.kysely.selectNoFrom(rung).where(until, '>', PRESENT);
  }

  /** All that this program watches for comes by one connection. @returns ends it */
  watch(callback: () => void): () => void {
    this.#callbacks.add(callback);
    this.#endWatch ??= this.#watch();
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size > 0) return;
      this.#endWatch?.();
      this.#endWatch = undefined;
    };
  }

  #watch(): () => void {
    const callAll = () => {
      for (const callback of this.#callbacks) callback();
    };
    const timers: NodeJS.Timeout[] = [];
    const end = listenTo(this.#channel, this.newClient, {
      heard: callAll,
      listening: async () => {
        await this.#say();
        callAll(); // whatever was said while nobody listened
        timers.push(setTimeout(callAll, UNSEEN_MS).unref());
      },
    });
    timers.push(setInterval(() => void this.#say(), RENEW_MS).unref());
    return () => {
      for (const timer of timers) clearTimeout(timer);
      end();
    };
  }

  /** Of many that watch at once, one does so in so long a time. Who may not write is not told, and looks by himself. */
  async #say(): Promise<void> {
    const until = sql<string>`cast(${PRESENT} + cast(${WATCHED_MS} as bigint) as text)`;
    const said = this.kysely
      .insertInto('settings')
      .values({ name: WATCHED, value: until, changed_at: PRESENT, who: null })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(({ ref }) => ({ value: ref('excluded.value'), changed_at: ref('excluded.changed_at') }))
          .where(sql<boolean>`cast(settings.value as bigint) < cast(excluded.value as bigint) - ${RENEW_MS / 2}`),
      )
      .returning('name')
      .execute();
    await said.then((rows) => rows.length > 0 && this.announce()).catch(() => {});
  }
}
