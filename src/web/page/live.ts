// One stream of ticks for the whole page: each says that something has changed. A hidden tab has none.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get } from './api.js';
import type { Tick } from './shapes.js';

/** `away`: the server is there, and cannot read the queue. */
export type Link = 'live' | 'waiting' | 'hidden' | 'away';

interface State {
  tick: Tick | undefined;
  link: Link;
}

let state: State = { tick: undefined, link: 'waiting' };
let source: EventSource | undefined;
let tries = 0;
let timer = 0;
const listeners = new Set<() => void>();

export function useLive(): State {
  const [, again] = useState({});
  const drawn = state;
  useEffect(() => {
    const listener = () => again({});
    listeners.add(listener);
    if (state !== drawn) listener(); // it has changed since it was drawn
    return () => void listeners.delete(listener);
  }, []);
  return state;
}

/** @param lost is told that the server knows this page no more, as after a new start */
export function startLive(lost: (error: ApiError) => void): void {
  let over = false;
  const failed = (error: unknown) => {
    if (over || !(error instanceof ApiError) || error.status !== 401) return; // it is away for a while
    over = true;
    disconnect();
    lost(error);
  };
  const turn = () => {
    if (over) return;
    if (!document.hidden) return connect(failed);
    disconnect();
    become({ ...state, link: 'hidden' });
  };
  turn();
  document.addEventListener('visibilitychange', turn);
}

function connect(failed: (error: unknown) => void): void {
  disconnect();
  const next = new EventSource('/api/v1/events');
  source = next;
  next.addEventListener('tick', (event) => {
    tries = 0;
    become({ tick: JSON.parse(event.data), link: 'live' });
  });
  next.addEventListener('trouble', () => become({ ...state, link: 'away' }));
  // The browser's own way to connect again gives up after some errors.
  next.addEventListener('error', () => {
    disconnect();
    become({ ...state, link: 'waiting' });
    tries += 1;
    timer = window.setTimeout(connect, Math.min(10_000, 250 * 2 ** tries), failed);
    get('/session').catch(failed);
  });
}

function disconnect(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
}

function become(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}
