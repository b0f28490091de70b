// Another machine, as far as one can be had on this one: namespaces with a boot id, host name, home and network of its own.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ended, isAlive, PROGRAM, type Result, type Sandbox, until } from './sandbox.js';

const APART = ['--mount', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child'];
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** Process 1: reaps what loses its parent, as `sh` does while it waits. */
const INIT = `mount --bind "$1" ${BOOT_ID} && hostname "$2" && echo up && while :; do sleep 1; done`;

/** Whether this machine lets us: as root, and with the mounts of a container allowed. */
export const CAN_HAVE_HOSTS =
  process.platform === 'linux' &&
  spawnSync('unshare', [...APART, 'sh', '-c', `mount --bind /dev/null ${BOOT_ID} && hostname test`]).status === 0 &&
  spawnSync('nsenter', ['--version']).status === 0;

export const CAN_HAVE_NETWORKS = CAN_HAVE_HOSTS && spawnSync('unshare', ['--net', 'ip', 'link']).status === 0;

let networks = 0;

/** A wire to another host. */
export interface Network {
  /** Of this machine at its end. */
  address: string;
  cut(): void;
  mend(): void;
}

export class SecondHost {
  readonly #home: string;

  private constructor(
    private readonly sandbox: Sandbox,
    readonly name: string,
    /** URL of the queue as it is reached from there. */
    public db: string,
    private readonly unshare: ChildProcess,
    private readonly namespaces: string[],
  ) {
    this.#home = join(sandbox.folder, name);
  }

  /** It is gone when the test has ended. */
  static async start(sandbox: Sandbox, name: string, { network = false } = {}): Promise<SecondHost> {
    mkdirSync(join(sandbox.folder, name));
    const bootId = join(sandbox.folder, name, 'boot-id');
    writeFileSync(bootId, `boot-of-${name}\n`);
    const apart = network ? ['--net', ...APART] : APART;
    const unshare = spawn('unshare', [...apart, 'sh', '-c', INIT, 'init', bootId, name], { stdio: 'pipe' });
    let said = '';
    for (const stream of [unshare.stdout, unshare.stderr]) stream.on('data', (text) => (said += text));
    const namespaces = ['--mount', '--uts', '--pid', ...(network ? ['--net'] : [])];
    const host = new SecondHost(sandbox, name, sandbox.db, unshare, namespaces);
    onTestFinished(() => host.end());
    await until(`host ${name}`, () => said.includes('up'));
    return host;
  }

  /** A wire between this machine and that one, which is its only one. */
  wire(): Network {
    const [subnet, here, there] = [`10.213.${networks++}`, `qw${process.pid}`.slice(0, 12), 'wire0'];
    const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', String(this.#init));
    onTestFinished(() => void spawnSync('ip', ['link', 'del', here]));
    ip('address', 'add', `${subnet}.1/30`, 'dev', here);
    ip('link', 'set', here, 'up');
    const inside = (...args: string[]) =>
      execFileSync('nsenter', ['--target', String(this.#init), '--net', '--', 'ip', ...args], { stdio: 'pipe' });
    inside('address', 'add', `${subnet}.2/30`, 'dev', there);
    inside('link', 'set', there, 'up');
    return {
      address: `${subnet}.1`,
      cut: () => ip('link', 'set', here, 'down'),
      mend: () => ip('link', 'set', here, 'up'),
    };
  }

  start(...args: string[]): ChildProcess {
    const enter = ['--target', String(this.#init), ...this.namespaces, '--'];
    const env = this.sandbox.env({ HOME: this.#home, QUEUECTL_DB: this.db });
    return spawn('nsenter', [...enter, process.execPath, PROGRAM, ...args], { cwd: this.#home, env, stdio: 'pipe' });
  }

  run(...args: string[]): Promise<Result> {
    return ended(this.start(...args));
  }

  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`${this.name}: queuectl ${args.join(' ')} left with ${code}: ${stderr}`);
    return stdout;
  }

  /** @param pid as it is known there. @returns as it is known here */
  pidOf(pid: number): number {
    const space = readlinkSync(`/proc/${this.#init}/ns/pid`);
    const found = readdirSync('/proc').find((name) => {
      try {
        if (!/^\d+$/.test(name) || readlinkSync(`/proc/${name}/ns/pid`) !== space) return false;
        return readFileSync(`/proc/${name}/status`, 'utf8').match(/^NSpid:.*\t(\d+)$/m)?.[1] === String(pid);
      } catch {
        return false; // it has just ended
      }
    });
    if (found === undefined) throw new Error(`no process ${pid} on ${this.name}`);
    return Number(found);
  }

  /** As if its power were cut. */
  async end(): Promise<void> {
    this.unshare.kill('SIGKILL'); // and with it all that lives in there
    await until(`the end of ${this.name}`, () => !isAlive(this.unshare.pid!));
  }

  get #init(): number {
    const { pid } = this.unshare;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
  }
}
