// Starts the dashboard as its users do, and asks it in ways that no browser would.
import { type Agent, request } from 'node:http';
import type { Sandbox } from '../sandbox.js';

export interface Dashboard {
  url: string;
  port: number;
  token: string;
  pid: number;
  /** On standard error, so far. */
  said(): string;
  /** Ends the program as Ctrl-C does. @returns its exit code */
  stop(): Promise<number | null>;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export function startDashboard(sandbox: Sandbox, ...flags: string[]): Promise<Dashboard> {
  return startDashboardWith({}, sandbox, 0, ...flags);
}

export function startDashboardOn(sandbox: Sandbox, asked: number, ...flags: string[]): Promise<Dashboard> {
  return startDashboardWith({}, sandbox, asked, ...flags);
}

export async function startDashboardWith(
  env: NodeJS.ProcessEnv,
  sandbox: Sandbox,
  asked: number,
  ...flags: string[]
): Promise<Dashboard> {
  const child = sandbox.start(['dashboard', '--port', String(asked), ...flags], env);
  let said = '';
  child.stderr!.on('data', (chunk) => (said += chunk));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout!.on('data', (chunk) => {
      printed += chunk;
      if (printed.includes('\n')) resolve(printed.trim());
    });
    child.once('exit', (code) => reject(new Error(`the dashboard left with ${code}: ${said}`)));
  });
  const { port, hash } = new URL(url);
  const stop = () =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null) return resolve(child.exitCode);
      child.once('exit', resolve);
      child.kill('SIGINT');
    });
  return { url, port: Number(port), token: hash.replace('#token=', ''), pid: child.pid!, said: () => said, stop };
}

export interface Asked {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Else a connection of its own. */
  agent?: Agent;
  /** The address, 127.0.0.1 unless told. */
  on?: string;
}

/** With whatever headers, Host too. */
export function ask(port: number, { method = 'GET', path, headers = {}, body, agent, on }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const where = { host: on ?? '127.0.0.1', port, agent: agent ?? false };
    const asked = request({ ...where, method, path, headers, setHost: !('host' in headers) });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => (text += chunk));
      answer.once('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }));
    });
    asked.end(body);
  });
}
