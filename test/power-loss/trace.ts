// Reads what strace recorded: writes, syncs and changes of names, in order, and what was acknowledged in between.
export type DiskEvent =
  | { kind: 'open'; path: string; create: boolean; truncate: boolean }
  | { kind: 'write'; path: string; offset: number; data: Buffer }
  | { kind: 'truncate'; path: string; size: number }
  | { kind: 'sync'; path: string }
  | { kind: 'link'; path: string; to: string }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'unlink'; path: string }
  | { kind: 'said'; text: string };

export const TRACED =
  'openat,creat,pwrite64,pwritev,write,writev,ftruncate,truncate,fallocate,fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat';

/** What changes files in a way that is not understood here; seen on a file of the queue it must not be passed over. */
const NOT_MODELLED = ['pwritev', 'writev', 'fallocate', 'truncate'];

/** @param folder what happens outside of it does not matter */
export function readTrace(text: string, folder: string): DiskEvent[] {
  const events: DiskEvent[] = [];
  for (const { name, args, result } of calls(text)) {
    if (result < 0) continue;
    const event = eventOf(name, args, result);
    if (event && (event.kind === 'said' || event.path.startsWith(folder))) events.push(event);
  }
  return events;
}

interface Call {
  name: string;
  args: string;
  result: number;
}

/** A call that others interrupted stands in two parts; it has happened when the second one comes. */
function* calls(text: string): Generator<Call> {
  const begun = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, pid, rest] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (!pid) continue;
    if (rest!.endsWith('<unfinished ...>')) {
      begun.set(pid, rest!.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest!);
    const whole = resumed ? `${begun.get(pid) ?? ''}${resumed[1]}` : rest!;
    const [, name, args, result] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(whole) ?? [];
    if (name) yield { name, args: args!, result: Number(result) };
  }
}

function eventOf(name: string, args: string, result: number): DiskEvent | undefined {
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => bytes(hex!));
  const opened = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args);
  const path = opened ? bytes(opened[1]!).toString() : (strings[0]?.toString() ?? '');
  const numbers = args.split(', ').map(Number);
  if (name === 'openat' || name === 'creat')
    return { kind: 'open', path, create: args.includes('O_CREAT'), truncate: args.includes('O_TRUNC') };
  if (name === 'pwrite64')
    return { kind: 'write', path, offset: numbers.at(-1)!, data: strings[0]!.subarray(0, result) };
  // A write of nothing only waits for those before it.
  if (name === 'write')
    return args.startsWith('1<') && result > 0 ? { kind: 'said', text: strings[0]!.toString() } : undefined;
  if (name === 'ftruncate') return { kind: 'truncate', path, size: numbers.at(-1)! };
  if (name === 'fsync' || name === 'fdatasync') return { kind: 'sync', path };
  if (name.startsWith('link')) return { kind: 'link', path, to: strings[1]!.toString() };
  if (name.startsWith('rename')) return { kind: 'rename', path, to: strings[1]!.toString() };
  if (name.startsWith('unlink')) return { kind: 'unlink', path };
  if (NOT_MODELLED.includes(name) && /queue\.db(-wal)?$/.test(path))
    throw new Error(`${name} of ${path}: not modelled`);
  return undefined;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}
