// A disk of a few megabytes that can be filled, seen only by the programs that are started on it; it is gone with the test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ended, PROGRAM, type Result, type Sandbox, until } from './sandbox.js';

export const CAN_MOUNT =
  process.platform === 'linux' &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0 &&
  spawnSync('nsenter', ['--version']).status === 0;

export class SmallDisk {
  readonly db: string;
  readonly #filler: string;

  private constructor(
    private readonly sandbox: Sandbox,
    path: string,
    private readonly holder: ChildProcess,
  ) {
    this.db = join(path, 'queue.db');
    this.#filler = join(path, 'filler');
  }

  static async mount(sandbox: Sandbox, size: string): Promise<SmallDisk> {
    const path = join(sandbox.folder, 'disk');
    mkdirSync(path);
    const script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && echo up && exec sleep 3600';
    const holder = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', size, path], { stdio: 'pipe' });
    let said = '';
    holder.stdout.on('data', (text) => (said += text));
    const disk = new SmallDisk(sandbox, path, holder);
    onTestFinished(async () => {
      await disk.run('worker', 'stop', '--now');
      holder.kill('SIGKILL');
    });
    await until('the disk', () => said.includes('up'));
    return disk;
  }

  start(...args: string[]): ChildProcess {
    return this.#enter([process.execPath, PROGRAM, ...args]);
  }

  run(...args: string[]): Promise<Result> {
    return ended(this.start(...args));
  }

  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`queuectl ${args.join(' ')} left with ${code}: ${stderr}`);
    return stdout;
  }

  /** To the last byte. */
  async fill(): Promise<void> {
    await ended(this.#enter(['sh', '-c', `cat /dev/zero > '${this.#filler}'`]));
  }

  async free(): Promise<void> {
    await ended(this.#enter(['rm', this.#filler]));
  }

  #enter(command: string[]): ChildProcess {
    const env = this.sandbox.env({ QUEUECTL_DB: this.db });
    return spawn('nsenter', ['--target', String(this.holder.pid), '--mount', '--', ...command], { env, stdio: 'pipe' });
  }
}
