// Runs what documents tell their readers to type, in a shell that knows `queuectl`, and ends the workers it leaves.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, type Result, Sandbox } from '../sandbox.js';
import { root } from './documents.js';

const LONGEST_MS = 50_000;

export class Shell extends Sandbox {
  constructor() {
    super('file'); // as documents have it, unless they say something else
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/run.js')}' "$@"\n`;
    writeFileSync(join(bin, 'queuectl'), program, { mode: 0o755 });
  }

  override env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const PATH = `${join(this.folder, 'bin')}:${process.env.PATH}`;
    return { ...super.env(), PATH, TMPDIR: this.folder, ...more };
  }

  /** @param input what the program reads, as a shell reads what is pasted into it */
  async execute(argv: readonly [string, ...string[]], input = '', cwd = this.folder): Promise<Result> {
    const [program, ...args] = argv;
    const child = spawn(program, args, { cwd, env: this.env(), stdio: 'pipe', timeout: LONGEST_MS });
    child.stdin.on('error', () => {}); // it may end without having read
    child.stdin.write(input);
    return ended(child);
  }

  /** Also stops the workers of queues that a session made for itself. */
  override async remove(): Promise<void> {
    for (const name of readdirSync(this.folder, { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('queue.db')) await this.run('worker', 'stop', '--now', '--db', join(this.folder, name));
    }
    await super.remove();
  }
}
