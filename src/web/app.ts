// The dashboard's routes behind their guard: the page, the API, and what pages are told live.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getPath } from 'hono/utils/url';
import type { Queue } from '../queue/queue.js';
import { failed, notThere, refused, tooLarge } from './answers.js';
import { assets } from './assets.js';
import { changeRoutes } from './change-routes.js';
import { type Asked, cookieName, type GuardOptions, HEADERS, isSame, refusal } from './guard.js';
import { Live } from './live.js';
import { liveRoutes } from './live-routes.js';
import { openapiRoute } from './openapi.js';
import { readRoutes } from './read-routes.js';
import { Sessions } from './sessions.js';
import { SEEN, SharedAnswers } from './shared-answers.js';
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

export interface App {
  /** @param node is Node's own request behind it, if it came over a connection */
  fetch(request: Request, node?: { incoming: { rawHeaders: string[] } }): Promise<Response>;
  routes: Hono['routes'];
}

export function dashboardApp(queue: Queue, options: AppOptions): App {
  const { hosts, token, sessions = new Sessions(), log } = options;
  const guard: GuardOptions = { hosts, token, isSession: (value) => sessions.knows(value) };
  const live = new Live(queue, ({ message }) => log(`cannot look at the queue: ${message}`));
  const shared = new SharedAnswers(live);
  const app = behindGuard(queue, { ...options, sessions }, live, shared);
  const fetch: App['fetch'] = async (request, node) => {
    const { method, url } = request;
    const header = headersOf(request, node?.incoming.rawHeaders);
    const path = getPath(request); // as the routes see it
    const no = refusal({ method, path, header }, guard);
    const coming = no || method !== 'GET' ? undefined : shared.of(url, header(SEEN));
    const same = coming && (await coming);
    if (same) return same;
    const response = no ? refused(no) : await app.fetch(request, node);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    // What was sent may not have been read: the next request cannot come behind it.
    if (method === 'POST' && response.status >= 400) response.headers.set('connection', 'close');
    if (!path.startsWith('/assets/')) response.headers.set('cache-control', 'no-store');
    return response;
  };
  return { fetch, routes: app.routes };
}

/** As a Request has them, of which they cost more; Node's `headers` would hide a second Host. @param raw names and values in turn */
function headersOf(request: Request, raw: readonly string[] | undefined): Asked['header'] {
  if (!raw) return (name) => request.headers.get(name) ?? undefined;
  return (name) => {
    const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]!.toLowerCase() === name);
    return values.length > 0 ? values.join(', ') : undefined;
  };
}

function behindGuard(
  queue: Queue,
  { token, write, enqueue, know, log, sessions }: AppOptions & { sessions: Sessions },
  live: Live,
  shared: SharedAnswers,
): Hono {
  const app = new Hono();
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
    if (typeof given !== 'string' || !(isSame(given, token) || sessions.redeem(given))) return refused(wrong);
    const cookie = cookieName(c.req.header('host')!);
    const secure = c.req.header('origin')?.startsWith('https:') ? '; Secure' : ''; // a browser's word, behind a proxy
    c.header('set-cookie', `${cookie}=${sessions.begin()}; HttpOnly; SameSite=Strict; Path=/${secure}`);
    return c.json({ write, enqueue });
  });
  app.route('/api/v1', openapiRoute());
  app.route('/api/v1', readRoutes(queue, { write, enqueue, know }, shared));
  app.route('/api/v1', liveRoutes(queue, live));
  app.route('/api/v1', changeRoutes(queue, { write, enqueue, know }));
  assets(app);
  return app;
}
