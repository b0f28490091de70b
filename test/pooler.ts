// The real pgbouncer in transaction mode, before the PostgreSQL of the tests; where it is not installed there is none.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { guard } from './guard.js';
import { freePort, PASSWORD } from './postgres-server.js';
import { until } from './sandbox.js';

const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];

export const PGBOUNCER = FOLDERS.map((folder) => join(folder, 'pgbouncer')).find(existsSync);

export interface Pooler {
  /** As that of the server, by another port. */
  url: string;
  stop(): Promise<void>;
}

/** @param url of a database; its own password is PASSWORD */
export async function poolerBefore(url: string): Promise<Pooler> {
  const { hostname, port } = new URL(url);
  const own = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-pooler-'));
  chmodSync(folder, 0o777); // as root it runs as another user
  const settings = `[databases]
* = host=${hostname} port=${port} user=postgres password='${PASSWORD}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
pidfile = ${folder}/pid
auth_type = any
pool_mode = transaction
max_client_conn = 200
default_pool_size = 8
`;
  writeFileSync(join(folder, 'pgbouncer.ini'), settings);
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const stop = guard(folder, join(folder, 'pid'), 'KILL');
  spawn(PGBOUNCER!, ['-q', ...user, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' });
  const pooled = url.replace(`:${port}/`, `:${own}/`);
  await until('pgbouncer', () => answers(pooled));
  return { url: pooled, stop };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
