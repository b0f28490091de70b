// The entry of a worker process: registers, says ready, works until it is told to stop.
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import { ExitCode, QueuectlError } from '../errors.js';
import { failPoint } from '../fail-point.js';
import { openQueue } from '../open-queue.js';
import { hostKey, identify } from '../process/identity.js';
import { program } from '../program.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { Settings } from '../settings.js';
import { obeysFailureRate } from './chaos.js';
import { heal } from './heal.js';
import { openLog } from './log.js';
import { narrate } from './narrate.js';
import { type WorkerOptions, workerName } from './options.js';
import { ServedTypes } from './served-types.js';
import { Upkeep } from './upkeep.js';
import { type Stop, Worker } from './worker.js';

/** A busy database is no reason for a worker to give up at once. */
const PATIENCE_MS = 60_000;

/**
 * A worker keeps little and sits beside others. Seen after 5,000 jobs: 74 MB so (45 of them the pages of Node itself,
 * which all share), 91 with the small young generation alone that it is launched with, 107 without; at the same speed.
 */
setFlagsFromString('--heap-growing-percent=15');

const DEAF =
  'nobody can wake this worker: it looks every worker_poll_interval. A pooler in transaction mode? Name the server itself';

async function main(options: WorkerOptions): Promise<void> {
  const name = workerName(options);
  process.title = `queuectl ${name}`;
  const queue = await openQueue({ db: options.db, patienceMs: PATIENCE_MS });
  queue.files.ensure();
  const settings = await queue.settings();
  const { logger, rotate } = openLog(queue.files.workerLog(name), settings.log_level);
  surviveStrays(logger);
  const types = new ServedTypes(process.env, logger);
  await types.look();
  const number = await register(queue, options, settings, types.names);
  failPoint('worker-registered');
  const say = options.foreground ? (line: string) => process.stdout.write(`${line}\n`) : () => {};
  if (obeysFailureRate(process.env)) logger.warn('QUEUECTL_CHAOS=1: attempts fail at failure_rate');
  const events = narrate(name, logger, say);
  const worker = new Worker(queue, number, options, await queue.storeId(), settings, types, events);
  const upkeep = new Upkeep(queue, worker, options, types, logger, rotate);
  listenForStop(worker, say, () => report(upkeep.tellStop(), logger));
  const wake = () => {
    worker.wake();
    report(upkeep.obey(), logger);
    report(upkeep.reloadSettings(), logger);
    report(upkeep.lookAtPlugins(), logger);
  };
  const unwatch = queue.database.onWake(wake, () => logger.warn(DEAF));
  await upkeep.start();
  failPoint('worker-before-ready');
  await queue.workers.ready(number);
  failPoint('worker-ready');
  logger.info({ pid: process.pid, version: program().version, node: process.version }, 'ready');
  say(`${name} ready (pid ${process.pid})`);
  await worker.run();
  upkeep.stop();
  unwatch();
  failPoint('worker-before-end');
  await queue.workers.end(number);
  if (worker.retires) for (const told of await heal(queue, options.pool)) logger.warn(told);
  logger.info('stopped');
  say(`${name} stopped`);
  await queue.close();
  if (upkeep.outdated) process.exit(ExitCode.schema);
}

async function register(
  queue: Queue,
  options: WorkerOptions,
  settings: Settings,
  types: readonly string[],
): Promise<number> {
  await endDeadWorkers(queue); // this worker may be the successor of one that was killed
  const number = await queue.workers.register({
    name: workerName(options),
    host: hostKey(),
    hostName: hostname(),
    pool: options.pool,
    slot: options.slot,
    pid: process.pid,
    pidStart: identify(process.pid)!.start,
    version: program().version,
    queues: options.queues,
    types,
    concurrency: options.concurrency,
    leaseMs: settings.lease_sec * 1000,
  });
  if (number !== undefined) return number;
  if ((await queue.pools.find(hostKey(), options.pool))?.wanted === 'stopped') {
    // No failure: a supervisor does not try again.
    throw new QueuectlError('pool_stopped', ExitCode.done, `pool ${options.pool} was stopped`);
  }
  const taken = `${workerName(options)} is running already, or pool ${options.pool} has its size`;
  throw new QueuectlError('place_taken', ExitCode.conflict, taken);
}

/** What a handler threw beside its own promise is no reason to lose the others' work. Our own errors are all awaited. */
function surviveStrays(logger: Logger): void {
  process.on('uncaughtException', (error) => logger.error({ err: error }, 'a job type threw where nobody awaited it'));
}

/** What is done beside the loop may fail; it is done again soon. */
function report(duty: Promise<void>, logger: Logger): void {
  duty.catch((error: Error) => logger.error({ err: error }, error.message));
}

/** Once: let the jobs end. Twice: end them and give them back. Three times: at once. */
function listenForStop(worker: Worker, say: (line: string) => void, first: () => void): void {
  const steps: Stop[] = ['drain', 'release', 'now'];
  const next = () => {
    const how = steps.length > 1 ? steps.shift()! : steps[0]!;
    if (!worker.stopping) first();
    worker.stop(how);
    if (how === 'drain') say('stopping after the running jobs');
    if (how === 'release') say('ending the running jobs and giving them back');
  };
  process.on('SIGTERM', next);
  process.on('SIGINT', next);
  process.on('SIGQUIT', () => {
    if (steps[0] === 'drain') steps.shift();
    next();
  });
  process.on('SIGUSR2', () => {
    if (!worker.stopping) first();
    worker.stop('leave');
    say('stopping; the running jobs go on, and the next worker takes them over');
  });
  process.on('SIGHUP', () => worker.stopping || next());
  process.on('disconnect', () => worker.stopping || next()); // the supervisor is gone
  // The terminal of a foreground worker may go away while it drains.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

try {
  await main({ db: process.env.QUEUECTL_DB, ...JSON.parse(process.argv[2] ?? '{}') } as WorkerOptions);
  process.exit(0);
} catch (error) {
  // Standard error of a detached worker is its start-up log, which `worker start` shows.
  process.stderr.write(`${error instanceof QueuectlError ? error.message : ((error as Error).stack ?? error)}\n`);
  process.exit(error instanceof QueuectlError ? error.exitCode : 1);
}
