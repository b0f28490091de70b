// The dashboard's routes behind their guard: the page, the API, and what pages are told live.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Queue } from '../queue/queue.js';
import { failed, notThere, refused, tooLarge } from './answers.js';
import { assets } from './assets.js';
import { changeRoutes } from './change-routes.js';
import { cookieName, type GuardOptions, HEADERS, isSame, refusal } from './guard.js';
import { Live } from './live.js';
import { liveRoutes } from './live-routes.js';
import { openapiRoute } from './openapi.js';
import { readRoutes } from './read-routes.js';
import { Sessions } from './sessions.js';
import { SharedAnswers } from './shared-answers.js';
import { watchRoutes } from './watch-routes.js';

export interface AppOptions {
  hosts: ReadonlySet<string>;
  token: string;
  /** Jobs may be changed. */
  write: boolean;
  /** Jobs may be enqueued: whoever has the token runs commands. */
  enqueue: boolean;
  /** Before jobs of these types are checked or shown: plugins' types say how their payloads read. */
  know: (jobs: readonly { type: string }[]) => Promise<void>;
  log: (line: string) => void;
  sessions?: Sessions;
}

/** A job may be 1 MB; its JSON is not much larger. */
const LARGEST_BODY = 2 * 1024 * 1024;

export function dashboardApp(queue: Queue, options: AppOptions): Hono {
  const { hosts, token, write, enqueue, know, log, sessions = new Sessions() } = options;
  const guard: GuardOptions = { hosts, token, isSession: (value) => sessions.knows(value) };
  const live = new Live(queue, ({ message }) => log(`cannot look at the queue: ${message}`));
  const app = new Hono();

  app.use(async (c, next) => {
    const { method, path } = c.req;
    const no = refusal({ method, path, header: (name) => c.req.header(name) }, guard);
    if (no) c.res = refused(c, no);
    else await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    // What was sent may not have been read: the next request cannot come behind it.
    if (method === 'POST' && c.res.status >= 400) c.res.headers.set('connection', 'close');
    if (!path.startsWith('/assets/')) c.res.headers.set('cache-control', 'no-store');
  });
  app.post('*', bodyLimit({ maxSize: LARGEST_BODY, onError: tooLarge }));
  app.use('/api/v1/*', async (c, next) => {
    await next();
    if (c.req.method === 'POST') void live.lookNow();
  });
  app.onError((error, c) => failed(c, error, log));
  app.notFound(notThere);

  app.route('/', watchRoutes(queue));
  app.post('/session', async (c) => {
    const given = (await c.req.json<{ token?: unknown } | null>().catch(() => null))?.token;
    const wrong = {
      status: 401,
      code: 'token',
      message: 'this is not the token that queuectl dashboard printed',
    } as const;
    if (typeof given !== 'string' || !(isSame(given, token) || sessions.redeem(given))) return refused(c, wrong);
    const cookie = cookieName(c.req.header('host')!);
    const secure = c.req.header('origin')?.startsWith('https:') ? '; Secure' : ''; // a browser's word, behind a proxy
    c.header('set-cookie', `${cookie}=${sessions.begin()}; HttpOnly; SameSite=Strict; Path=/${secure}`);
    return c.json({ write, enqueue });
  });
  app.route('/api/v1', openapiRoute());
  app.route('/api/v1', readRoutes(queue, { write, enqueue, know }, new SharedAnswers(live)));
  app.route('/api/v1', liveRoutes(queue, live));
  app.route('/api/v1', changeRoutes(queue, { write, enqueue, know }));
  assets(app);
  return app;
}
