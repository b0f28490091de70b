// doctor, on the database and the disk below it.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseFacts } from '../storage/database-facts.js';
import { diskOf } from '../storage/disk.js';
import { readStoreFacts } from '../storage/store-facts.js';
import type { Finding } from './finding.js';
import type { Queue } from './queue.js';

/** Less is a matter of hours. */
const LITTLE_ROOM_BYTES = 100 * 1024 * 1024;
/** Readers that never end keep it from shrinking. */
const LARGE_WAL_BYTES = 256 * 1024 * 1024;
/** Times that are shown, and `run_at`, are off by as much. */
const LARGE_OFFSET_MS = 5000;
const HEARD_WITHIN_MS = 3000;

export async function examineDatabase(queue: Queue): Promise<Finding[]> {
  const { database } = queue;
  const facts = await database.facts();
  const { program } = await readStoreFacts(database);
  const findings: Finding[] = [
    {
      name: 'database',
      level: 'ok',
      text: `${database.location}: ${facts.engine}, ${facts.driver}, schema ${program}`,
    },
    durability(facts),
  ];
  if (facts.file) findings.push(...fileFindings(facts.file));
  findings.push(...examineDisk(facts.file?.path ?? queue.files.outputs));
  if (!database.oneMachine) findings.push(await clock(queue), await wakeUps(queue));
  return findings;
}

function durability({ undurable }: DatabaseFacts): Finding {
  const name = 'durability';
  if (undurable === null) return { name, level: 'ok', text: 'an acknowledged job is on the disk' };
  return { name, level: 'warning', text: undurable, next: 'queuectl config set durability full, or the server’s own' };
}

function fileFindings({ path, bytes, walBytes, mode, uid }: NonNullable<DatabaseFacts['file']>): Finding[] {
  const sizes = `${bytes} bytes, and ${walBytes} in its WAL`;
  const findings: Finding[] =
    walBytes > LARGE_WAL_BYTES
      ? [
          {
            name: 'size',
            level: 'warning',
            text: sizes,
            next: 'some program reads for too long: end it, or restart the workers',
          },
        ]
      : [{ name: 'size', level: 'ok', text: sizes }];
  const problems = [];
  if (mode & 0o077) problems.push(`${path} has the mode ${mode.toString(8)}: others can read or write it`);
  const folder = statSync(dirname(path));
  if (folder.mode & 0o002 && !(folder.mode & 0o1000)) problems.push(`anybody can put files into ${dirname(path)}`);
  const me = process.getuid?.();
  if (me !== undefined && uid !== me) problems.push(`${path} belongs to the user ${uid}, and this is ${me}`);
  for (const text of problems) {
    const next = `chmod 600 FILE: whoever can write to a queue can run commands as its workers`;
    findings.push({ name: 'permissions', level: 'warning', text, next });
  }
  if (problems.length === 0) findings.push({ name: 'permissions', level: 'ok', text: 'for this user alone' });
  return findings;
}

/** @param path of a file on it, which need not be there */
export function examineDisk(path: string): Finding[] {
  const disk = diskOf(path);
  if (!disk) return [];
  const name = 'disk';
  const text = `${disk.freeBytes} bytes free on ${disk.name ?? 'a file system that is not known here'}`;
  if (disk.remote) {
    return [
      {
        name,
        level: 'problem',
        text: `the queue lies on ${disk.name}, where the locks of SQLite may not hold`,
        next: 'use a local disk, or PostgreSQL',
      },
    ];
  }
  if (disk.freeBytes < LITTLE_ROOM_BYTES) {
    return [{ name, level: 'problem', text, next: 'make room; queuectl db prune and queuectl db vacuum may help' }];
  }
  return [{ name, level: 'ok', text }];
}

/** As near as a question and its answer tell. */
async function clock({ database }: Queue): Promise<Finding> {
  const asked = Date.now();
  const present = await database.present();
  const offset = Math.round(present - (asked + Date.now()) / 2);
  const text = `the clock of the server is ${Math.abs(offset)} ms ${offset < 0 ? 'behind' : 'ahead of'} this one`;
  if (Math.abs(offset) < LARGE_OFFSET_MS) return { name: 'clock', level: 'ok', text };
  return { name: 'clock', level: 'warning', text, next: 'let both be set by NTP; workers go by that of the server' };
}

/** Says something to everybody, and listens for it. */
async function wakeUps({ database }: Queue): Promise<Finding> {
  const heard = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => finish(false), HEARD_WITHIN_MS);
    let listening = false;
    const stop = database.onWake(() => {
      if (listening) return finish(true);
      listening = true; // the first call says that somebody listens
      database.wake();
    });
    const finish = (result: boolean) => {
      clearTimeout(timer);
      stop();
      resolve(result);
    };
  });
  if (heard) return { name: 'notify', level: 'ok', text: 'NOTIFY is heard' };
  return {
    name: 'notify',
    level: 'warning',
    text: 'NOTIFY is not heard: workers find jobs only every worker_poll_interval',
    next: 'a pooler in transaction mode? Name the server itself, or a port of its own for sessions',
  };
}
