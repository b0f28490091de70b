// Kysely's driver for pg: no state in a session, so that a pooler may stand between; what is safe is tried again.
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { CommitUnknown } from '../errors.js';
import { ConnectionLost, isTransient, postgresError } from './postgres-error.js';
import { givesOf, type Sent } from './prepared.js';
import { NOW } from './sqlite-driver.js';

export interface PostgresDriverOptions {
  location: string;
  /** Tests only: stands for the server's clock. */
  clock?: () => number;
  /** How long to go on trying what is safe to try again, ms. */
  patienceMs: number;
  /** A statement, and a transaction that stands still, are ended by the server after so long, ms; 0 is never. */
  statementMs: number;
}

const LONGEST_PAUSE_MS = 1000;

export class PostgresDriver implements Driver {
  readonly #begin: string;
  /** A server that was never reached is a wrong URL sooner than one that is away for a moment. */
  #reached = false;

  constructor(
    private readonly pool: Pool,
    private readonly options: PostgresDriverOptions,
  ) {
    // In one message, and for this transaction only: a pooler gives the session to somebody else afterwards.
    const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'];
    this.#begin = ['begin', ...limits.map((name) => `set local ${name} = ${options.statementMs}`)].join('; ');
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.#connect(), () => this.#connect(), this.options);
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    connection.begin(this.#begin);
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.pool.end();
  }

  async #connect(): Promise<PoolClient> {
    const connect = () =>
      this.pool.connect().catch((error) => {
        throw postgresError(error, this.options.location);
      });
    const client = await persistently(connect, this.#reached ? this.options.patienceMs : 0);
    this.#reached = true;
    return client;
  }
}

class PostgresConnection implements DatabaseConnection {
  #broken = false;
  #inTransaction = false;
  /** Statements of the transaction whose answers nobody waited for yet; each comes before that of the next one. */
  #sent: Promise<unknown>[] = [];

  constructor(
    private client: PoolClient,
    private readonly connect: () => Promise<PoolClient>,
    private readonly options: PostgresDriverOptions,
  ) {}

  begin(text: string): void {
    this.#sent = [];
    this.#send(this.#query(text));
    this.#inTransaction = true;
  }

  /** @throws CommitUnknown when the connection broke before the server's answer came */
  async commit(): Promise<void> {
    this.#inTransaction = false;
    try {
      await this.#afterSent(this.#query('commit')); // what failed before has made it a rollback
    } catch (error) {
      throw error instanceof ConnectionLost ? new CommitUnknown(this.options.location, error) : error;
    }
  }

  /** The server itself rolls back what a broken connection leaves. */
  async rollback(): Promise<void> {
    this.#inTransaction = false;
    if (!this.#broken) await this.#query('rollback');
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R> & Sent<R>> {
    const { sql, parameters } = query;
    const values = parameters.map((value) => this.#bound(value));
    if (this.#inTransaction) {
      const answer = this.#query<R>(sql, values);
      const gives = givesOf(query);
      if (gives === 'rows') return this.#afterSent(answer);
      const later = gives === 'later' ? Promise.all([answer, ...this.#sent]).then(() => answer) : undefined;
      this.#send(later ?? answer);
      return { rows: [], answer: later };
    }
    if (!/^select\b/.test(sql)) return this.#query<R>(sql, values);
    const read = async () => {
      if (this.#broken) await this.#replace();
      return this.#query<R>(sql, values);
    };
    return persistently(read, this.options.patienceMs);
  }

  // biome-ignore lint/correctness/useYield: reads are short by rule; nothing streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not supported: read in pages');
  }

  release(): void {
    this.client.release(this.#broken);
  }

  #send(answer: Promise<unknown>): void {
    answer.catch(() => {}); // whoever waits next is told
    this.#sent.push(answer);
  }

  async #afterSent<A>(answer: Promise<A>): Promise<A> {
    await Promise.all([answer, ...this.#sent]);
    this.#sent = [];
    return answer;
  }

  /** Unnamed: a prepared statement would live in a session that a pooler may give to somebody else. */
  async #query<R>(text: string, values?: unknown[]): Promise<QueryResult<R>> {
    try {
      const { rows, rowCount } = await this.client.query(text, values);
      return { rows: rows ?? [], numAffectedRows: rowCount === null ? undefined : BigInt(rowCount ?? 0) };
    } catch (error) {
      const ours = postgresError(error, this.options.location, this.options.statementMs);
      if (ours instanceof ConnectionLost) this.#broken = true;
      throw ours;
    }
  }

  async #replace(): Promise<void> {
    const client = await this.connect();
    this.client.release(true);
    this.client = client;
    this.#broken = false;
  }

  /** PostgreSQL keeps no NUL in a text; no job must be stuck for one. */
  #bound(value: unknown): unknown {
    if (value === NOW) return this.options.clock!();
    return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
  }
}

/** Tries again, with jitter, as long as it may help and nothing was committed. */
export async function persistently<T>(work: () => Promise<T>, patienceMs: number): Promise<T> {
  const startedAt = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || performance.now() - startedAt > patienceMs) throw error;
      const pauseMs = Math.random() * Math.min(LONGEST_PAUSE_MS, 10 * 2 ** tries);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
