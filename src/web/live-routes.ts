// What is told as it happens, by server-sent events: the overview, and the output of a job that runs.
import { Hono, type MiddlewareHandler } from 'hono';
import { streamSSE } from 'hono/streaming';
import { followOutput } from '../queue/follow.js';
import type { Queue } from '../queue/queue.js';
import type { Live } from './live.js';
import { checked, flagOf } from './query.js';

/** So often at least something is sent: proxies and browsers take silence for an end. */
const BEAT_MS = 15_000;

export function liveRoutes(queue: Queue, live: Live): Hono {
  const api = new Hono();
  api.use('/events', unlessHead);
  api.use('/jobs/:id/follow', unlessHead);
  /** `tick`: the overview, at once and whenever something has changed. A client that is slow misses some, not the last. */
  api.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      let wake = () => {};
      let next: Uint8Array | undefined;
      const end = live.listen((event) => {
        next = event;
        wake();
      });
      stream.onAbort(() => wake());
      try {
        while (!stream.aborted) {
          if (next) {
            const event = next;
            next = undefined;
            await stream.write(event);
          } else if (!(await rest(BEAT_MS, (ring) => (wake = ring)))) await stream.write(': still here\n\n');
        }
      } finally {
        end();
      }
    }),
  );
  /** `output` and `note`, as `logs --follow` has them; `end` when the job has ended. */
  api.get('/jobs/:id/follow', async (c) => {
    const stream = flagOf(checked(c.req.query(), ['stderr']), 'stderr') ? 2 : 1;
    const job = await queue.job(c.req.param('id'));
    return streamSSE(c, async (sse) => {
      const decoder = new TextDecoder();
      const over = new AbortController();
      sse.onAbort(() => over.abort());
      for await (const part of followOutput(queue, String(job.number), null, { stream, lines: 200 }, over.signal)) {
        if (sse.aborted) return;
        if ('note' in part) await sse.writeSSE({ event: 'note', data: JSON.stringify(part.note) });
        else
          await sse.writeSSE({
            event: 'output',
            data: JSON.stringify(decoder.decode(part.output, { stream: true })),
          });
      }
      await sse.writeSSE({ event: 'end', data: '{}' });
    });
  });
  return api;
}

/** Who asks for the head alone never reads the stream, and never ends it. */
const unlessHead: MiddlewareHandler = async (c, next) => {
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
  await next();
};

/** @returns whether it was rung for */
function rest(ms: number, ringWith: (ring: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    ringWith(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
