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
  const [wanted, setWanted] = useState(0);
  const [state, setState] = useState<{ path: string | null; data?: T; error?: Error }>({ path });
  const askedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (path === null) return;
    let over = false;
    const ask = () => {
      askedAt.current = performance.now();
      get<T>(path).then(
        (data) => over || setState({ path, data }),
        (error) =>
          over || setState((before) => ({ path, data: before.path === path ? before.data : undefined, error })),
      );
    };
    const again = state.path === path && state.data !== undefined;
    const rest = again ? APART_MS - (performance.now() - askedAt.current) : 0;
    const timer = window.setTimeout(ask, Math.max(0, rest));
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path, tick?.revision, wanted]);
  const current = state.path === path ? state : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, reload: () => setWanted((n) => n + 1) };
}
