// What tests have of PostgreSQL: the server of the whole run, a schema of their own in it, or a server of their own.
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { newSchema, PostgresServer } from './postgres-server.js';

let server: Promise<PostgresServer> | undefined;

afterAll(async () => (await server)?.remove());

/** Of this file's tests alone, so that it may be restarted. */
export function ownServer(): Promise<PostgresServer> {
  server ??= PostgresServer.start();
  return server;
}

export interface PostgresQueue {
  /** With a schema of its own, which is not there yet. */
  url: string;
  schema: string;
  /** Runs a statement as the owner of the database, outside of any queue. */
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  remove(): Promise<void>;
}

/** @param base URL of a database, else one that all tests of this run have */
export function newPostgresQueue(base = inject('postgres')): PostgresQueue {
  const { url, schema } = newSchema(base);
  const query = async (text: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString: base });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  };
  return {
    url,
    schema,
    query,
    remove: async () => {
      await query(`drop schema if exists ${schema} cascade`);
    },
  };
}
