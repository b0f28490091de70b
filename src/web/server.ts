// Listens for the dashboard's browser, on this machine unless told otherwise.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { BadInput, CannotCreate } from '../errors.js';
import type { Queue } from '../queue/queue.js';
import { type AppOptions, dashboardApp } from './app.js';
import { tokenOf } from './sessions.js';

export interface ServerOptions extends Pick<AppOptions, 'write' | 'enqueue' | 'log'> {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Other machines may call, too. */
  allowRemote: boolean;
  /** Names besides the address by which browsers may call it. */
  allowHosts: readonly string[];
  env: NodeJS.ProcessEnv;
}

export interface Dashboard {
  /** With the token in its fragment, which browsers keep to themselves. */
  url: string;
  port: number;
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** @throws BadInput, CannotCreate */
export async function serveDashboard(queue: Queue, options: ServerOptions): Promise<Dashboard> {
  const { host, port, allowRemote, allowHosts, env } = options;
  if (!LOOPBACK.includes(host) && !allowRemote) {
    throw new BadInput(`${host} may be reached by other machines`, [
      'ssh -L 7788:127.0.0.1:7788 HOST shows the dashboard of another machine here',
      'add --allow-remote if that is what you want; what is sent is not encrypted',
    ]);
  }
  const token = tokenOf(env);
  const hosts = new Set<string>();
  const app = dashboardApp(queue, { ...options, token, hosts });
  const server = serve({ fetch: app.fetch, hostname: host, port, overrideGlobalObjects: false });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
  });
  const own = (server.address() as AddressInfo).port;
  for (const name of [...LOOPBACK, host, ...allowHosts]) {
    hosts.add(`${inUrl(name)}:${own}`.toLowerCase());
    if (own === 80) hosts.add(inUrl(name).toLowerCase());
  }
  return {
    url: `http://${inUrl(host === 'localhost' ? '127.0.0.1' : host)}:${own}/#token=${token}`,
    port: own,
    close: async () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections(); // those of live pages never end by themselves
    },
  };
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EADDRINUSE') {
    return new CannotCreate(`port ${port} is in use`, ['--port 0 takes a free one'], error);
  }
  if (error.code === 'EACCES') return new CannotCreate(`port ${port} is for root alone`, ['--port 7788'], error);
  return new CannotCreate(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`, [], error);
}
