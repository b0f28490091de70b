// A database that is open: hands out Kysely, transactions and the clock. And where it is found.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Kysely, Transaction } from 'kysely';
import { BadInput } from '../errors.js';
import type { DatabaseFacts } from './database-facts.js';
import type { StoreDialect } from './dialect.js';
import { isPostgres, readAddress } from './postgres-address.js';
import { preparedFor } from './prepared.js';
import type { Tables } from './schema.js';

export interface DatabaseOptions {
  /** The clock of an SQLite queue, epoch ms; tests inject another, for PostgreSQL too. */
  clock?: () => number;
  /** How long to wait for another program's write lock, or for a server that is away for a moment, ms. */
  patienceMs?: number;
  /** Overrides the durability that is stored with an SQLite queue. */
  durability?: string;
  /** Where this user's files of queues on PostgreSQL lie; else the XDG data folder. */
  dataFolder?: string;
  /** Also a file system of another machine, where locks may not hold. */
  anyFileSystem?: boolean;
}

/** Who is to look again: workers that may have nothing to do, or all of them. */
export type Woken = 'resting' | 'everybody';

/** How programs that share a queue tell each other that there is something to do. */
export interface Wakes {
  ring(who: Woken): void;
  /**
   * Where a commit can ring by itself: asks for that, for those who may be resting, if there are any.
   * @returns what says, after the commit, whether it has rung
   */
  ringWith?(tx: Executor): Promise<() => Promise<boolean>>;
  listen(callback: () => void, deaf?: () => void): () => void;
  /** Tells those who look at jobs that something has changed. */
  tell(): void;
  /** Where a commit can tell by itself: asks for that, if anybody looks. Then `tell` need not be called after it. */
  tellWith?(tx: Executor): Promise<void>;
  /** It never fails: some of what is told may be missed, and who watches looks by himself from time to time. */
  watch(callback: () => void): () => void;
  close(): Promise<void>;
}

/** What differs between a file and a server besides SQL. */
export interface Place {
  /** For people and for jobs: the path of the file, or the URL without its password. */
  location: string;
  /** For programs of ours: the path, or the URL as it was given. */
  address: string;
  /** Path of the SQLite file; a server has its own means to copy and shrink its data. */
  file?: string;
  /** The folder of outputs, logs and state files on this host. */
  filesFolder: string;
  /** All who use the queue are on one machine: whoever was there before a reboot is gone (F29). */
  oneMachine: boolean;
  wakes: Wakes;
  /** For whoever examines it. */
  facts(): Promise<DatabaseFacts>;
  /** Notices when the file was replaced under a long-lived program. Throws StorageFault. */
  checkStillThere(): void;
  /** Does a transaction again that another one or a lost connection has rolled back. */
  persistently<T>(work: () => Promise<T>): Promise<T>;
}

/** Either the database itself or a transaction in it. */
export type Executor = Kysely<Tables>;

export class Database {
  constructor(
    readonly kysely: Kysely<Tables>,
    readonly dialect: StoreDialect,
    private readonly place: Place,
  ) {}

  /** For people and for jobs: the path of the file, or the URL without its password. */
  get location(): string {
    return this.place.location;
  }

  /** For programs of ours: the path, or the URL as it was given. Never shown. */
  get address(): string {
    return this.place.address;
  }

  /** Path of the SQLite file; undefined on a server. */
  get file(): string | undefined {
    return this.place.file;
  }

  /** The folder of outputs, logs, state files and the wake file: beside an SQLite file, else in the data folder. */
  get filesFolder(): string {
    return this.place.filesFolder;
  }

  /** For whoever examines it. */
  facts(): Promise<DatabaseFacts> {
    return this.place.facts();
  }

  /** All who use it are on one machine. */
  get oneMachine(): boolean {
    return this.place.oneMachine;
  }

  /** @param filesFolder known only once the queue has said which one it is */
  withFiles(filesFolder: string): Database {
    return new Database(this.kysely, this.dialect, { ...this.place, filesFolder });
  }

  /** Notices when the file was replaced under a long-lived program. Throws StorageFault. */
  checkStillThere(): void {
    this.place.checkStillThere();
  }

  /** Tells workers, after a commit, that there is something to do, and others that something has changed. Never fails. */
  wake(who: Woken = 'everybody'): void {
    this.place.wakes.ring(who);
    this.tell();
  }

  /** Tells whoever watches, after a commit, that something has changed. Never fails: they look by themselves, later. */
  tell(): void {
    this.place.wakes.tell();
  }

  /** The last statement of a transaction that changes something. @returns to be called after the commit, it never fails */
  async tellWith(tx: Executor): Promise<() => void> {
    const { wakes } = this.place;
    if (!wakes.tellWith) return () => wakes.tell();
    await wakes.tellWith(tx);
    return () => {};
  }

  /**
   * Calls back soon after something has changed: jobs have come, begun or ended, queues, settings. Calls too often, and may
   * miss one: look again every second or so. @returns ends it
   */
  watch(callback: () => void): () => void {
    return this.place.wakes.watch(callback);
  }

  /** The last statement of a transaction that gives something to do. @returns to be called after the commit, it never fails */
  async wakeWith(tx: Executor): Promise<() => Promise<void>> {
    const rung = await this.place.wakes.ringWith?.(tx);
    const tell = await this.tellWith(tx);
    return async () => {
      if (!(await rung?.())) this.place.wakes.ring('resting');
      tell();
    };
  }

  /**
   * Calls back whenever someone says that there is something to do. @returns ends it
   * @param deaf is called when the way to the database lets nothing of that through
   */
  onWake(callback: () => void, deaf?: () => void): () => void {
    return this.place.wakes.listen(callback, deaf);
  }

  get now() {
    return this.dialect.now();
  }

  /** What `now` is at this moment, epoch ms: times that are shown are compared with it and not with this host's clock. */
  async present(): Promise<number> {
    const [row] = await askPresent(this, {}, this.kysely);
    return row!.now;
  }

  /** @param work may be done more than once, each time from the start; only the last time is committed */
  transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.place.persistently(() => this.kysely.transaction().execute(work));
  }

  async close(): Promise<void> {
    await this.place.wakes.close();
    await this.kysely.destroy();
  }
}

const askPresent = preparedFor<object, { now: number }>(({ kysely, now }) => kysely.selectNoFrom(now.as('now')));

/**
 * Where the queue lives: what was given, else QUEUECTL_DB, else the XDG data folder.
 * @returns an absolute path, or a URL that can be read
 */
export function locateDatabase(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = given ?? env.QUEUECTL_DB;
  if (named === '') throw new BadInput('the path of the database is empty', ['give --db a path']);
  if (named === undefined) return join(dataFolder(env), 'queue.db');
  return isPostgres(named) ? readAddress(named).given : resolve(named);
}

/** Of this user, on this host. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  const data = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(homedir(), '.local', 'share');
  return join(data, 'queuectl');
}
