// What a view shows is asked for again whenever something has changed, but not more often than twice a second.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { useLive } from './live.js';

const APART_MS = 500;

/** What changes by the minute. */
export const SELDOM_MS = 2000;

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  reload: () => void;
}

/**
 * @param path of the API; null asks for nothing
 * @param apartMs is asked for at most so often
 */
export function useLoaded<T>(path: string | null, apartMs = APART_MS): Loaded<T> {
  const { tick, link } = useLive();
  const [state, setState] = useState<{ path: string | null; data?: T; error?: Error }>({ path });
  const asking = useRef<Asking | undefined>(undefined);
  useEffect(() => {
    if (path === null) return;
    const own = new Asking(apartMs, async (since) => {
      const next = await get<T>(path, since === 'now' ? undefined : since).then(
        (data) => ({ data }),
        (error: Error) => ({ error }),
      );
      if (!own.over)
        setState((before) => ({ ...(before.path === path ? before : { path }), error: undefined, ...next }));
    });
    asking.current = own;
    return () => {
      own.over = true;
      asking.current = undefined;
    };
  }, [path]);
  const revision = tick?.revision;
  useEffect(() => void asking.current?.again((link === 'live' && revision) || 'now'), [path, revision]);
  const current = state.path === path ? state : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, reload: () => void asking.current?.again('now') };
}

/** What an answer has to follow: a tick, by its number, or whatever is so by now. */
type Since = number | 'now';

/** One question at a time: on a busy queue changes come faster than a slow answer, which counts all the same. */
class Asking {
  over = false;
  #busy = false;
  #due: Since | undefined;
  #endRest = () => {};

  constructor(
    private readonly apartMs: number,
    private readonly ask: (since: Since) => Promise<void>,
  ) {}

  async again(since: Since): Promise<void> {
    if (this.#due !== 'now') this.#due = since;
    if (since === 'now') this.#endRest();
    if (this.#busy) return;
    this.#busy = true;
    while (this.#due !== undefined && !this.over) {
      const due = this.#due;
      this.#due = undefined;
      const begun = performance.now();
      await this.ask(due);
      const tookMs = performance.now() - begun;
      await this.#rest(Math.max(tookMs, this.apartMs - tookMs)); // slow answers are dear
    }
    this.#busy = false;
  }

  async #rest(ms: number): Promise<void> {
    if (this.#due === 'now') return;
    await new Promise<void>((resolve) => {
      this.#endRest = resolve;
      setTimeout(resolve, ms);
    });
  }
}
