// The disk below a file: what kind of file system it is, and how much room it has.
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageFault } from '../errors.js';

/** File systems of other machines or other programs, by their numbers in linux/magic.h: locks and shared memory may not hold there. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x786f4256, 'VirtualBox shared folder'],
]);

const LOCAL: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0xf2f52010, 'f2fs'],
]);

interface Disk {
  /** Null where it is not known. */
  name: string | null;
  remote: boolean;
  /** For whoever is not root. */
  freeBytes: number;
}

/** @param path of a file; the nearest folder above it that is there counts. @returns undefined where it cannot be asked */
export function diskOf(path: string): Disk | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { type, bavail, bsize } = statfsSync(folder);
      const kind = process.platform === 'linux' ? type >>> 0 : -1; // other systems number them otherwise
      const remote = REMOTE.get(kind);
      return { name: remote ?? LOCAL.get(kind) ?? null, remote: remote !== undefined, freeBytes: bavail * bsize };
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}

/** @throws StorageFault where SQLite's locks may not hold (F19) */
export function checkFileSystem(location: string): void {
  const disk = diskOf(location);
  if (!disk?.remote) return;
  throw new StorageFault(`${location} lies on ${disk.name}, where the locks of SQLite may not hold`, [
    'name a path on a local disk with --db or QUEUECTL_DB, or a postgres:// URL where several machines share the queue',
    'QUEUECTL_ANY_FILE_SYSTEM=1 uses it all the same: only if one machine alone does, and its locks are known to work',
  ]);
}
