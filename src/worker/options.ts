// What a worker process is told when it is started.

export interface WorkerOptions {
  /** Path of the queue's file, or its URL with the password: passed on in the environment. */
  db: string;
  pool: string;
  /** Its place in the pool, from 1. */
  slot: number;
  /** How many jobs it runs at once. */
  concurrency: number;
  /** Null serves every queue. */
  queues: readonly string[] | null;
  /** Runs under a supervisor, and says on standard output what it does. */
  foreground: boolean;
}

export const DEFAULT_POOL = 'default';

/** `worker-1` in the default pool, `NAME-1` in another. */
export function workerName({ pool, slot }: Pick<WorkerOptions, 'pool' | 'slot'>): string {
  return `${pool === DEFAULT_POOL ? 'worker' : pool}-${slot}`;
}
