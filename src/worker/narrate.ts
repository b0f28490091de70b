// What a worker says about its work: to its log, and on a terminal in the foreground.
import type { Logger } from 'pino';
import { causeSentence } from '../job/cause.js';
import { describePayload } from '../job-types/registry.js';
import { isInProcess } from './served-types.js';
import type { WorkerEvents } from './worker.js';

/** Jobs in the worker itself come by the thousand, and the queue knows them: two lines were a sixth of a small one's cost. */
const levelOf = (type: string) => (isInProcess(type) ? 'debug' : 'info');

/** @param say prints one line in the foreground; a log alone needs none */
export function narrate(name: string, logger: Logger, say: (line: string) => void): WorkerEvents {
  return {
    started({ job }) {
      logger[levelOf(job.type)]({ job: job.id, attempt: job.attempt, queue: job.queue }, 'started');
      if (logger.isLevelEnabled('debug'))
        logger.debug({ job: job.id, command: describePayload(job.type, job.payload) }, 'command');
      say(`${name} started job ${job.id} (attempt ${job.attempt})`);
    },
    adopted({ id, attempt }) {
      logger.warn({ job: id, attempt }, 'adopted');
      say(`${name} took over job ${id} (attempt ${attempt}): its worker is gone`);
    },
    settled({ ended, state, delayMs }) {
      const { id, attempt, ending, runMs } = ended;
      const { outcome, cause, detail } = ending;
      const facts = { job: id, attempt, outcome, cause, ms: Math.round(runMs), state, ...(detail && { detail }) };
      if (state === null) {
        logger.warn(facts, 'not recorded: the job has another holder');
        return;
      }
      logger[outcome === 'succeeded' ? levelOf(ended.type) : 'info'](facts, 'ended');
      const retry = delayMs === null ? '' : `, next try in ${delayMs / 1000} s`;
      const fate = state === 'dead' ? ', now in the dead letter queue' : retry;
      const how = ending.outcome === 'succeeded' ? 'completed' : `${ending.outcome}: ${causeSentence(ending.cause)}`;
      say(`${name} ended job ${id} (attempt ${attempt}): ${how}${fate}`);
    },
    uncapped(why) {
      const problem = 'outputs cannot be kept under max_output_bytes while their jobs run';
      logger.warn({ why }, problem);
      say(`${name}: ${problem}: ${why}`);
    },
    unending({ id, attempt }) {
      const problem = `the handler of job ${id} does not end when it is told to: this worker starts anew`;
      logger.error({ job: id, attempt }, problem);
      say(`${name}: ${problem}`);
    },
    stuck(error) {
      logger.error({ err: error }, 'the database did not take it; trying again');
      say(`${name} cannot record its work: ${(error as Error).message}; trying again`);
    },
  };
}
