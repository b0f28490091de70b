// One stream of ticks for the whole page: each says that something has changed. A hidden tab has none.
import { useEffect, useState } from 'preact/hooks';
import type { Tick } from './shapes.js';

export type Link = 'live' | 'waiting' | 'hidden';

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
  useEffect(() => {
    const listener = () => again({});
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return state;
}

export function startLive(): void {
  connect();
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) return connect();
    disconnect();
    become({ ...state, link: 'hidden' });
  });
}

function connect(): void {
  disconnect();
  const next = new EventSource('/api/v1/events');
  source = next;
  next.addEventListener('tick', (event) => {
    tries = 0;
    become({ tick: JSON.parse(event.data), link: 'live' });
  });
  // The browser's own way to connect again gives up after some errors.
  next.addEventListener('error', () => {
    disconnect();
    become({ ...state, link: 'waiting' });
    tries += 1;
    timer = window.setTimeout(connect, Math.min(10_000, 250 * 2 ** tries));
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
