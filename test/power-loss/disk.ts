// A disk as a power cut leaves it: what was synced is there; of the rest each write may be kept, lost or torn.
import { dirname } from 'node:path';
import type { Random } from '../random.js';
import type { DiskEvent } from './trace.js';

/** The least that a disk writes as a whole. */
const SECTOR = 512;

type Change = { offset: number; data: Buffer } | { size: number };

/** A file by itself, whatever it is called. */
class Inode {
  durable: Buffer = Buffer.alloc(0);
  pending: Change[] = [];

  sync(): void {
    for (const change of this.pending) this.durable = applied(this.durable, change);
    this.pending = [];
  }

  afterCut(random: Random, luck: number): Buffer {
    let content: Buffer = Buffer.from(this.durable);
    for (const change of this.pending) {
      for (const kept of survivors(change, random, luck)) content = applied(content, kept);
    }
    return content;
  }
}

/** A name that was given or taken; null is no file. */
interface Naming {
  name: string;
  inode: Inode | null;
}

export class Disk {
  /** As the programs saw them. */
  readonly #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  #pendingNames: Naming[] = [];

  apply(event: DiskEvent): void {
    if (event.kind === 'said') return;
    const { kind, path } = event;
    if (kind === 'open' && event.create && !this.#names.has(path)) this.#name(path, new Inode());
    const inode = this.#names.get(path);
    if (kind === 'open' && event.truncate) inode?.pending.push({ size: 0 });
    else if (kind === 'write') inode?.pending.push({ offset: event.offset, data: event.data });
    else if (kind === 'truncate') inode?.pending.push({ size: event.size });
    else if (kind === 'link' || kind === 'rename') this.#name(event.to, inode ?? null);
    else if (kind === 'sync') this.#sync(path, inode);
    if (kind === 'unlink' || kind === 'rename') this.#name(path, null);
  }

  /** The files after a power cut now, by their paths. */
  cut(random: Random): Map<string, Buffer> {
    // Mostly all of the last writes are there, or none: some cuts are of these kinds.
    const luck = random.pick([0, 0.1, 0.5, 0.9, 1])!;
    const names = new Map(this.#durableNames);
    const stuck = new Set<string>();
    for (const { name, inode } of this.#pendingNames) {
      // Of one name's changes the first ones are kept; different names are independent.
      if (stuck.has(name) || !random.chance(luck)) stuck.add(name);
      else if (inode) names.set(name, inode);
      else names.delete(name);
    }
    return new Map([...names].map(([name, inode]) => [name, inode.afterCut(random, luck)]));
  }

  #name(name: string, inode: Inode | null): void {
    if (inode) this.#names.set(name, inode);
    else this.#names.delete(name);
    this.#pendingNames.push({ name, inode });
  }

  /** A file's sync is about its content; that it has a name is its folder's. */
  #sync(path: string, inode: Inode | undefined): void {
    inode?.sync();
    for (const { name, inode } of this.#pendingNames) {
      if (dirname(name) !== path) continue;
      if (inode) this.#durableNames.set(name, inode);
      else this.#durableNames.delete(name);
    }
    this.#pendingNames = this.#pendingNames.filter(({ name }) => dirname(name) !== path);
  }
}

function applied(content: Buffer, change: Change): Buffer {
  if ('size' in change) {
    return change.size <= content.length ? content.subarray(0, change.size) : extended(content, change.size);
  }
  const whole = extended(content, change.offset + change.data.length);
  change.data.copy(whole, change.offset);
  return whole;
}

function extended(content: Buffer, size: number): Buffer {
  return size <= content.length ? content : Buffer.concat([content, Buffer.alloc(size - content.length)]);
}

function survivors(change: Change, random: Random, luck: number): Change[] {
  const fate = random.chance(0.3) ? 'torn' : random.chance(luck) ? 'kept' : 'lost';
  if (fate === 'kept') return [change];
  if (fate === 'lost') return [];
  if ('size' in change) return random.chance(0.5) ? [change] : [];
  return sectors(change.offset, change.data).filter(() => random.chance(0.5));
}

function sectors(offset: number, data: Buffer): { offset: number; data: Buffer }[] {
  const parts = [];
  for (let from = 0; from < data.length; ) {
    const to = Math.min(data.length, from + SECTOR - ((offset + from) % SECTOR));
    parts.push({ offset: offset + from, data: data.subarray(from, to) });
    from = to;
  }
  return parts;
}
