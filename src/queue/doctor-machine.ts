// doctor, on the program and the machine: versions, and what surrounds them.
import { release } from 'node:os';
import { inContainer, initName } from '../process/container.js';
import { outputOf } from '../process/tool.js';
import { program } from '../program.js';
import type { Finding } from './finding.js';

/** Programs that reap what others leave behind. */
const REAPERS = /^(systemd|init|tini|docker-init|dumb-init|catatonit|s6-svscan|podman-init|runit|runsvdir|sh|bash)$/;

/** Older ones may damage a file that they open beside us (F20). */
const OLDEST_SHELL = [3, 51, 3] as const;

export function examineMachine(env: NodeJS.ProcessEnv): Finding[] {
  const { version } = program();
  const about = `queuectl ${version}, Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}`;
  return [{ name: 'program', level: 'ok', text: about }, ...container(env), ...sqliteShell()];
}

function container(env: NodeJS.ProcessEnv): Finding[] {
  if (!inContainer(env)) return [];
  const name = 'container';
  const first = initName();
  const reaped = 'execve' in process || (first !== undefined && REAPERS.test(first));
  if (reaped) return [{ name, level: 'ok', text: `in a container, whose process 1 is ${first ?? 'hidden'}` }];
  return [
    {
      name,
      level: 'warning',
      text: `in a container whose process 1 may not reap what jobs leave behind: ${first ?? 'hidden'}`,
      next: 'give it an init (docker run --init), or use Node 22.15 or newer',
    },
  ];
}

function sqliteShell(): Finding[] {
  const version = outputOf('sqlite3', ['--version'])?.split(' ')[0];
  if (version === undefined || !isOlder(version, OLDEST_SHELL)) return [];
  return [
    {
      name: 'sqlite3',
      level: 'warning',
      text: `the sqlite3 on PATH is ${version}: before ${OLDEST_SHELL.join('.')} a reset of the WAL can lose commits`,
      next: 'do not open a queue with it while workers run',
    },
  ];
}

export function isOlder(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [at, wanted] of oldest.entries()) {
    if ((parts[at] ?? 0) !== wanted) return (parts[at] ?? 0) < wanted;
  }
  return false;
}
