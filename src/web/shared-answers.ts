// Pages that ask for the same after the same tick share one answer: fifty of them cost the queue no more than one.
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Live } from './live.js';

/** The number of the last tick that a page has seen: it asks for what is at least as new. */
const SEEN = 'last-event-id';

export class SharedAnswers {
  readonly #answers = new Map<string, Promise<string | undefined>>();
  #revision = 0;

  constructor(private readonly live: Live) {}

  /** Of a request that says which tick it has seen: any other is answered anew. */
  readonly share: MiddlewareHandler = async (c, next) => {
    const { revision } = this.live;
    if (c.req.method !== 'GET' || revision === undefined || c.req.header(SEEN) !== String(revision)) return next();
    if (this.#revision !== revision) this.#answers.clear();
    this.#revision = revision;
    const { url } = c.req;
    const shared = this.#answers.get(url);
    const text = shared && (await shared);
    if (text !== undefined) return c.body(text, 200, { 'content-type': 'application/json' });
    if (shared) return next();
    const own = answer(c, next);
    this.#answers.set(url, own);
    await own;
  };
}

/** @returns nothing for a refusal: those are not shared */
async function answer(c: Context, next: Next): Promise<string | undefined> {
  await next();
  return c.res.status === 200 ? c.res.clone().text() : undefined;
}
