// Runs the program on a real terminal of a given size, types on it and reads its screen.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROGRAM, type Sandbox, until } from './sandbox.js';
import { TestScreen } from './screen.js';

const HOST = fileURLToPath(new URL('programs/pty.py', import.meta.url));

/** Python has the calls that Node lacks. */
export const CAN_HAVE_TERMINALS = spawnSync('python3', ['-c', 'import fcntl, termios']).status === 0;

export class Pty {
  readonly screen: TestScreen;
  /** All that the terminal got. */
  received = '';
  #told = '';
  readonly #host: ChildProcess;

  /** @param drawn whether it draws on the whole screen; else it prints lines */
  constructor(
    sandbox: Sandbox,
    args: string[],
    { columns = 80, rows = 24, drawn = true, env = {} as NodeJS.ProcessEnv } = {},
  ) {
    this.screen = new TestScreen(columns, rows);
    this.#host = spawn('python3', [HOST, String(columns), String(rows), process.execPath, PROGRAM, ...args], {
      cwd: sandbox.folder,
      env: sandbox.env({ TERM: 'xterm-256color', ...env }),
    });
    this.#host.stdout!.setEncoding('utf8').on('data', (text) => {
      this.received += text;
      if (drawn) this.screen.write(text);
    });
    this.#host.stderr!.setEncoding('utf8').on('data', (text) => (this.#told += text));
  }

  type(keys: string): void {
    this.#host.stdin!.write(`keys ${Buffer.from(keys).toString('hex')}\n`);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.#host.stdin!.write(`size ${columns} ${rows}\n`);
  }

  signal(number: number): void {
    this.#host.stdin!.write(`signal ${number}\n`);
  }

  /** Waits until the screen shows it. */
  async shows(what: string | RegExp): Promise<string> {
    const shown = () => (typeof what === 'string' ? this.screen.text.includes(what) : what.test(this.screen.text));
    await until(`${what} on the screen`, shown).catch((error) => {
      throw new Error(`${error.message}; it shows:\n${this.screen.text}\n${this.#told}`);
    });
    return this.screen.text;
  }

  /** Waits until it has printed it. */
  async prints(what: string): Promise<void> {
    await until(`${what} on the terminal`, () => this.received.includes(what)).catch((error) => {
      throw new Error(`${error.message}; it printed:\n${this.received}\n${this.#told}`);
    });
  }

  /** @returns the exit code, and whether the modes of the terminal are those of the beginning */
  async ended(): Promise<{ code: number; restored: boolean }> {
    const [, code] = await until('the end', () => /^exit (-?\d+)$/m.exec(this.#told) ?? undefined);
    const [before, after] = ['before', 'after'].map((word) => new RegExp(`^${word} (.*)$`, 'm').exec(this.#told)?.[1]);
    return { code: Number(code), restored: before !== undefined && before === after };
  }

  end(): void {
    this.#host.stdin!.end();
  }
}
