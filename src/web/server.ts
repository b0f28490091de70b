// Listens for the dashboard's browser, on this machine unless told otherwise.
import { type AddressInfo, isIPv6 } from 'node:net';
import { serve } from '@hono/node-server';
import { BadInput, CannotCreate } from '../errors.js';
import type { Queue } from '../queue/queue.js';
import { type AppOptions, dashboardApp } from './app.js';
import { Sessions, tokenOf } from './sessions.js';

export interface ServerOptions extends Pick<AppOptions, 'write' | 'enqueue' | 'know' | 'log'> {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Other machines may call, too. */
  allowRemote: boolean;
  /** Names besides the address by which browsers may call it, such as a proxy's; with a port when it is another. */
  allowHosts: readonly string[];
  env: NodeJS.ProcessEnv;
}

export interface Dashboard {
  /** With the token in its fragment, which browsers keep to themselves. */
  url: string;
  port: number;
  /** Good for one browser, within a minute: the arguments of programs can be read by others. */
  urlOnce(): string;
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
const NAME = /^(\[[\da-f:.]+\]|[\w.-]+)(:(?<port>\d{1,5}))?$/i;

/** @throws BadInput, CannotCreate */
export async function serveDashboard(queue: Queue, options: ServerOptions): Promise<Dashboard> {
  const { host, port, allowRemote, allowHosts, env } = options;
  if (!LOOPBACK.includes(host) && !allowRemote) {
    throw new BadInput(`${host} may be reached by other machines`, [
      'ssh -L 7788:127.0.0.1:7788 HOST shows the dashboard of another machine here',
      'add --allow-remote if that is what you want; what is sent is not encrypted',
    ]);
  }
  const wrong = allowHosts.find((name) => !isIPv6(name) && !NAME.test(name));
  if (wrong !== undefined) {
    throw new BadInput(`--allow-host takes a name, not ${wrong || 'nothing'}`, ['--allow-host queue.example.com:8000']);
  }
  const token = tokenOf(env);
  const sessions = new Sessions();
  const hosts = new Set<string>();
  const app = dashboardApp(queue, { ...options, token, hosts, sessions });
  const hostname = host === 'localhost' ? '127.0.0.1' : host; // which may be ::1 as well
  const server = serve({ fetch: app.fetch, hostname, port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
  });
  const own = (server.address() as AddressInfo).port;
  for (const name of namesOf(own, host, allowHosts)) hosts.add(name.toLowerCase());
  const url = (secret: string) => `http://${inUrl(hostname)}:${own}/#token=${secret}`;
  return {
    url: url(token),
    urlOnce: () => url(sessions.ticket()),
    port: own,
    close: async () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections(); // those of live pages never end by themselves
    },
  };
}

/** What may stand in Host. Of the usual port, 80 or a proxy's 443, browsers say nothing there. */
function namesOf(port: number, host: string, allowHosts: readonly string[]): string[] {
  const ours = [...LOOPBACK, host].map(inUrl);
  const allowed = allowHosts.map(inUrl);
  const whole = allowed.filter((name) => NAME.exec(name)?.groups?.port);
  const plain = allowed.filter((name) => !whole.includes(name));
  return [...whole, ...plain, ...(port === 80 ? ours : []), ...[...ours, ...plain].map((name) => `${name}:${port}`)];
}

function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EADDRINUSE') {
    return new CannotCreate(`port ${port} is in use`, ['--port 0 takes a free one'], error);
  }
  if (error.code === 'EACCES') return new CannotCreate(`port ${port} is for root alone`, ['--port 7788'], error);
  return new CannotCreate(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`, [], error);
}
