// What a view shows is asked for again whenever something has changed, but not more often than twice a second.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { useLive } from './live.js';

const APART_MS = 500;

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  reload: () => void;
}

/** @param path of the API; null asks for nothing */
export function useLoaded<T>(path: string | null): Loaded<T> {
  const { tick } = useLive();
  const [state, setState] = useState<{ path: string | null; data?: T; error?: Error }>({ path });
  const asking = useRef<Asking | undefined>(undefined);
  useEffect(() => {
    if (path === null) return;
    const own = new Asking(async () => {
      const next = await get<T>(path).then(
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
  useEffect(() => void asking.current?.again(), [path, tick?.revision]);
  const current = state.path === path ? state : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, reload: () => void asking.current?.again() };
}

/** One question at a time: on a busy queue changes come faster than a slow answer, which counts all the same. */
class Asking {
  over = false;
  #busy = false;
  #due = false;

  constructor(private readonly ask: () => Promise<void>) {}

  async again(): Promise<void> {
    this.#due = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#due && !this.over) {
      this.#due = false;
      const begun = performance.now();
      await this.ask();
      const tookMs = performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, Math.max(tookMs, APART_MS - tookMs))); // slow answers are dear
    }
    this.#busy = false;
  }
}
