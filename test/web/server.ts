// A dashboard of the real program over a sandbox, and a caller that has its token.
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ended, type Sandbox } from '../sandbox.js';

export const TOKEN = 'a-token-of-the-tests';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents
  body: any;
  text: string;
  headers: Headers;
}

export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(sandbox: Sandbox, ...flags: string[]): Promise<Server> {
    const child = sandbox.start(['dashboard', '--json', '--port', '0', ...flags], {
      QUEUECTL_DASHBOARD_TOKEN: TOKEN,
    });
    let said = '';
    child.stderr!.on('data', (text) => (said += text));
    for await (const line of createInterface({ input: child.stdout! })) {
      return new Server(child, new URL(JSON.parse(line).url).origin);
    }
    throw new Error(`the dashboard did not start: ${said}`);
  }

  async get(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${TOKEN}`, ...init.headers };
    const response = await fetch(this.url + path, { ...init, headers });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      text,
      body: isJson && text ? JSON.parse(text) : undefined,
      headers: response.headers,
    };
  }

  post(path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.get(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await ended(this.child);
  }
}
