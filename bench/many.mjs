// Many jobs on standard input: how fast they are stored, how long others wait for the lock meanwhile, and in how much memory.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { atMost, printTable, quantile, short } from './figures.mjs';
import { inPlace, PROGRAM } from './place.mjs';

const GOAL_SECONDS = 60;
const GOAL_LOCK_MS = 50;
const GOAL_MB = 200;
const cell = new Int32Array(new SharedArrayBuffer(4));

export async function many(options) {
  await inPlace(options, async (place) => {
    const input = writeJobs(place.path('jobs.ndjson'), options.rows);
    place.queuectl('many', 'db', 'init');
    const stdin = openSync(input, 'r');
    const startedAt = performance.now();
    const child = spawn(process.execPath, [PROGRAM, 'enqueue', '--stdin', '--json'], {
      env: place.on('many'),
      cwd: place.folder,
      stdio: [stdin, 'ignore', 'inherit'],
    });
    let seconds;
    const left = new Promise((resolve, reject) => {
      child.once('exit', (code) => {
        seconds = (performance.now() - startedAt) / 1000;
        if (code === 0) resolve();
        else reject(new Error(`enqueue ended with ${code}`));
      });
    });
    const waits = [];
    let peakMb = 0;
    const other = new (createRequire(import.meta.url)('better-sqlite3'))(place.path('many.db'), { timeout: 0 });
    while (seconds === undefined) {
      waits.push(waitForLock(other));
      peakMb = Math.max(peakMb, highestMb(child.pid));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await left;
    other.close();
    closeSync(stdin);
    const longest = waits.reduce((most, wait) => Math.max(most, wait), 0);
    printTable([
      [`${options.rows.toLocaleString('en')} jobs on standard input`, '', 'goal'],
      ['seconds', short(seconds), options.rows === 1_000_000 ? atMost(GOAL_SECONDS, seconds) : ''],
      ['jobs a second', short(options.rows / seconds), ''],
      ['longest wait of another writer, ms', short(longest), atMost(GOAL_LOCK_MS, longest)],
      ['99 % of its waits, ms at most', short(quantile(waits, 0.99)), ''],
      ['99.9 % of its waits, ms at most', short(quantile(waits, 0.999)), ''],
      ['most memory, MB', short(peakMb), atMost(GOAL_MB, peakMb)],
    ]);
    console.log(`${waits.length.toLocaleString('en')} times another program took the write lock meanwhile`);
  });
}

function writeJobs(path, count) {
  const file = openSync(path, 'w');
  for (let from = 0; from < count; from += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, count - from) }, (_, index) =>
      JSON.stringify({ command: `echo ${from + index}`, queue: 'many', priority: index % 3 }),
    );
    writeSync(file, `${lines.join('\n')}\n`);
  }
  closeSync(file);
  return path;
}

/** Takes the lock and gives it back. @returns how long that took, ms */
function waitForLock(database) {
  for (const startedAt = performance.now(); ; ) {
    try {
      database.exec('begin immediate; rollback');
      return performance.now() - startedAt;
    } catch (error) {
      if (error.code !== 'SQLITE_BUSY') throw error;
      Atomics.wait(cell, 0, 0, 0.2);
    }
  }
}

function highestMb(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return 0; // it has ended
  }
}
