// An empty file system of the kind FUSE, just enough to be asked what it is. It is there for one program, and goes with it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, read, writeSync } from 'node:fs';

export const CAN_HAVE_FUSE =
  existsSync('/dev/fuse') && spawnSync('unshare', ['--mount', 'true']).status === 0 && process.getuid?.() === 0;

/** https://www.kernel.org/doc/html/latest/filesystems/fuse/index.html; the layouts stand in linux/fuse.h. */
const [LOOKUP, FORGET, GETATTR, STATFS, INIT] = [1, 2, 3, 17, 26];
const [NO_ENTRY, NOT_KNOWN] = [-2, -38];
const FOLDER = 0o40755;

/** Starts a program that sees such a file system at `folder`. */
export function startOnFuse(folder: string, command: string[], env: NodeJS.ProcessEnv): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const device = openSync('/dev/fuse', 'r+');
  const options = `fd=3,rootmode=40000,user_id=0,group_id=0`;
  const script = `mount -i -t fuse -o ${options} none "$1" && exec 3<&- && shift && exec "$@"`;
  const args = ['--mount', 'sh', '-c', script, 'sh', folder, ...command];
  const child = spawn('unshare', args, { env, stdio: ['pipe', 'pipe', 'pipe', device] });
  const buffer = Buffer.alloc(1 << 20);
  const next = () =>
    read(device, buffer, 0, buffer.length, null, (error, bytes) => {
      if (error?.code === 'EPERM') return void setTimeout(next, 5); // not mounted yet
      if (error) return closeSync(device); // not any more
      answer(device, buffer.subarray(0, bytes));
      next();
    });
  next();
  return child;
}

function answer(device: number, request: Buffer): void {
  const what = request.readUInt32LE(4);
  if (what === FORGET) return;
  const body = bodyOf(what);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeInt32LE(what === LOOKUP ? NO_ENTRY : body.length > 0 ? 0 : NOT_KNOWN, 4);
  request.copy(head, 8, 8, 16); // which request it answers
  writeSync(device, Buffer.concat([head, body]));
}

function bodyOf(what: number): Buffer {
  if (what === INIT) {
    const body = Buffer.alloc(64);
    body.writeUInt32LE(7, 0);
    body.writeUInt32LE(31, 4);
    body.writeUInt32LE(4096, 20); // max_write
    return body;
  }
  if (what === STATFS) return Buffer.alloc(80);
  if (what !== GETATTR) return Buffer.alloc(0);
  const body = Buffer.alloc(104);
  body.writeBigUInt64LE(1n, 16);
  body.writeUInt32LE(FOLDER, 16 + 60);
  body.writeUInt32LE(1, 16 + 64);
  return body;
}
