// The routes of the API as people and programs read of them: what each takes and gives. openapi.ts makes the document of it.
import { JOB_STATES } from '../job/job.js';
import { SORTS } from '../queue/queue.js';

export type Schema = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  description: string;
  required?: boolean;
  schema: Schema;
}

export interface ApiRoute {
  method: 'get' | 'post';
  /** Below /api/v1. */
  path: string;
  summary: string;
  /** What dashboard must have been started with. */
  needs?: '--write' | '--allow-enqueue';
  parameters?: Parameter[];
  body?: Schema;
  /** Of the answer; `$ref` names a file of schemas/. Without one it is a stream of events. */
  answer?: Schema;
  /** Of success, where it is not 200 alone: what they mean. */
  statuses?: Record<number, string>;
}

const TEXT = { type: 'string' };
const COUNT = { type: 'integer', minimum: 0 };
const YES = { type: 'boolean' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const query = (name: string, description: string, schema: Schema = TEXT): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const inPath = (name: string, description: string, schema: Schema = TEXT): Parameter => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
});

const ID = inPath('id', "the job's id, its number, `@` or `@~2`");
const STDERR = query('stderr', 'the other stream, where it is kept apart', YES);
const QUEUE = inPath('name', 'the queue');

const FILTER = {
  state: list({ ...TEXT, examples: JOB_STATES }),
  queue: TEXT,
  type: TEXT,
  cause: TEXT,
  since: { ...TEXT, examples: ['2h'] },
  where: { ...TEXT, examples: ['priority > 5 and created < 1h'] },
};

const CHANGE = object(
  {
    jobs: { ...list(TEXT), description: 'ids, numbers, ranges such as 3-7, `@`' },
    filter: object(FILTER, []),
    all: { ...YES, description: 'every one that can be' },
    dry_run: { ...YES, description: 'only tell which ones it would be' },
    to: { type: 'object', description: 'of an update: the keys of a job to change', additionalProperties: true },
  },
  [],
);

const NUMBERS = list({ type: 'number' });

export const ROUTES: readonly ApiRoute[] = [
  { method: 'get', path: '/openapi.json', summary: 'this document', answer: { type: 'object' } },
  { method: 'get', path: '/session', summary: 'what may be done', answer: object({ write: YES, enqueue: YES }) },
  { method: 'get', path: '/overview', summary: 'the queue at a glance, as `status`', answer: ref('status') },
  { method: 'get', path: '/metrics', summary: 'figures of the last hour, as `metrics`', answer: ref('metrics') },
  {
    method: 'get',
    path: '/series',
    summary: 'attempts over time',
    parameters: [
      query('minutes', 'the last ones, 60 unless told', { type: 'integer', minimum: 1, maximum: 44_640 }),
      query('queue', 'only of this one'),
    ],
    answer: object({
      step_sec: { type: 'number' },
      at: { ...NUMBERS, description: 'epoch seconds' },
      succeeded: NUMBERS,
      failed: NUMBERS,
      duration_ms: list({ type: ['number', 'null'] }),
    }),
  },
  { method: 'get', path: '/queues', summary: 'queues, as `queue list`', answer: ref('queue-list') },
  { method: 'get', path: '/workers', summary: 'living workers', answer: object({ workers: list(ref('worker')) }) },
  {
    method: 'get',
    path: '/causes',
    summary: 'why the jobs of the DLQ failed, the most frequent cause first',
    parameters: [query('queue', 'only of this one')],
    answer: ref('dlq-list'),
  },
  {
    method: 'get',
    path: '/jobs',
    summary: 'jobs, as `list`',
    parameters: [
      query('state', 'one or several, separated by commas'),
      query('queue', 'only of this queue'),
      query('type', 'only of this type'),
      query('cause', 'only those whose last attempt ended so'),
      query('since', 'only those enqueued since: 2h, or a time'),
      query('where', 'a condition, as after --where'),
      query('sort', 'the order', { enum: [...SORTS], default: 'number' }),
      query('reverse', 'the last ones first', YES),
      query('limit', 'at most so many', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
      query('after', 'only those with a higher number: the next page in the order of numbers', COUNT),
      query('before', 'only those with a lower number', COUNT),
      query('offset', 'leaves out so many: the next page in another order', COUNT),
    ],
    answer: ref('list'),
  },
  {
    method: 'post',
    path: '/jobs',
    summary: 'enqueue a job, as `enqueue`',
    needs: '--allow-enqueue',
    body: { type: 'object', description: 'a job as `enqueue` takes it', examples: [{ command: 'sleep 2' }] },
    answer: object({ id: TEXT, queue: TEXT, existing: YES, replaced: YES }, ['id', 'queue']),
    statuses: { 201: 'enqueued', 200: 'it was there already' },
  },
  { method: 'get', path: '/jobs/{id}', summary: 'all of a job, as `show`', parameters: [ID], answer: ref('show') },
  {
    method: 'get',
    path: '/jobs/{id}/why',
    summary: 'why it is as it is, as `why`',
    parameters: [ID],
    answer: ref('why'),
  },
  {
    method: 'get',
    path: '/jobs/{id}/output',
    summary: 'what it printed, as `logs`',
    parameters: [
      ID,
      query('attempt', 'this one instead of the last', COUNT),
      query('tail', 'only the last lines', COUNT),
      STDERR,
    ],
    answer: ref('logs'),
  },
  {
    method: 'get',
    path: '/jobs/{id}/wait',
    summary: 'answers when the job has ended, as `wait`; `reason` is `timeout` when it has not',
    parameters: [ID, query('timeout', 'seconds, or 30s; at most 60s, and 30s unless told')],
    answer: ref('wait'),
  },
  {
    method: 'get',
    path: '/jobs/{id}/follow',
    summary: 'events: `output` and `note` as they come, `end` when the job has ended',
    parameters: [ID, STDERR],
  },
  {
    method: 'get',
    path: '/events',
    summary:
      'events: `tick` with the overview and the queues, whenever something has changed; `trouble` while the database is away',
  },
  {
    method: 'post',
    path: '/changes/{kind}',
    summary: 'change jobs as the command of this name does: those that are named, or all that a filter finds',
    needs: '--write',
    parameters: [inPath('kind', 'what is done', { enum: ['cancel', 'retry', 'hold', 'release', 'update', 'delete'] })],
    body: CHANGE,
    answer: ref('retry'),
  },
  {
    method: 'post',
    path: '/changes/undo',
    summary: 'take a change back, as `undo`: the last one unless it is named',
    needs: '--write',
    body: object({ change: COUNT }, []),
    answer: ref('undo'),
  },
  {
    method: 'post',
    path: '/queues/{name}/pause',
    summary: 'start nothing more of a queue',
    needs: '--write',
    parameters: [QUEUE],
    answer: ref('queue-pause'),
  },
  {
    method: 'post',
    path: '/queues/{name}/resume',
    summary: 'go on with it',
    needs: '--write',
    parameters: [QUEUE],
    answer: ref('queue-resume'),
  },
];
