// Ready jobs by lane, and for how long the oldest has been ready: for whoever wonders why nothing happens.
import { sql } from 'kysely';
import type { Database } from './database.js';

export interface WaitingLane {
  queue: string;
  type: string;
  paused: boolean;
  count: number;
  /** Of the one that has waited longest, ms. */
  waitedMs: number;
}

/** Reads all ready jobs, by their index. */
export async function waitingLanes({ kysely, now }: Database): Promise<WaitingLane[]> {
  const rows = await kysely
    .selectFrom('jobs')
    .leftJoin('queues', 'queues.name', 'jobs.queue')
    .select(({ fn }) => ['jobs.queue', 'jobs.type', 'queues.paused_at', fn.countAll<number>().as('count')])
    .select(sql<number>`${now} - min(jobs.changed_at)`.as('waitedMs'))
    .where(sql<boolean>`jobs.state = 'pending'`)
    .where('jobs.wake_at', 'is', null)
    .groupBy(['jobs.queue', 'jobs.type', 'queues.paused_at'])
    .orderBy('jobs.queue')
    .orderBy('jobs.type')
    .execute();
  return rows.map(({ paused_at, ...lane }) => ({ ...lane, paused: paused_at !== null }));
}
