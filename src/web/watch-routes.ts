// What other programs watch a queue by: /metrics for Prometheus, /healthz for whoever restarts what does not answer.
import { Hono } from 'hono';
import type { Queue } from '../queue/queue.js';
import { Totals } from '../queue/totals.js';

/** A database that takes longer is taken for one that does not answer. */
const HEALTHY_MS = 3000;

export function watchRoutes(queue: Queue): Hono {
  const routes = new Hono();
  const totals = new Totals(queue);
  routes.get('/metrics', async (c) => {
    const { CONTENT_TYPE, prometheusText } = await import('../queue/prometheus.js');
    return c.body(await prometheusText(queue, totals), 200, { 'content-type': CONTENT_TYPE });
  });
  routes.get('/healthz', async (c) =>
    (await answers(queue)) ? c.text('ok\n') : c.text('the database does not answer\n', 503),
  );
  return routes;
}

async function answers(queue: Queue): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), HEALTHY_MS);
  });
  const look = async () => {
    queue.database.checkStillThere();
    await queue.storeId();
    return true;
  };
  try {
    return await Promise.race([look().catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
