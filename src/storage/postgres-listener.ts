// A connection of its own that listens to one channel, and comes back by itself when it breaks.
import type { Client } from 'pg';

const LONGEST_PAUSE_MS = 10_000;

export interface Listener {
  /** Somebody said this. */
  heard(payload: string): void;
  /** It listens now: whatever was said before went unheard. May reject. */
  listening(): Promise<unknown>;
  /** The connection has broken. */
  lost?(): void;
}

/** @param newClient gives one that is not yet connected, and no part of a pool. @returns ends it */
export function listenTo(channel: string, newClient: () => Client, listener: Listener): () => void {
  let over = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  const connect = async (tries: number) => {
    const next = newClient();
    client = next;
    let lost = false;
    const again = () => {
      if (lost) return;
      lost = true;
      listener.lost?.();
      void next.end().catch(() => {});
      const pauseMs = Math.random() * Math.min(LONGEST_PAUSE_MS, 100 * 2 ** tries);
      if (!over) timer = setTimeout(() => void connect(tries + 1), pauseMs).unref();
    };
    next.on('error', again);
    next.on('end', again);
    next.on('notification', ({ payload = '' }) => listener.heard(payload));
    try {
      await next.connect();
      await next.query(`listen "${channel}"`);
      tries = 0;
      await listener.listening();
    } catch {
      again(); // whoever listens also looks by himself
    }
  };
  void connect(0);
  return () => {
    over = true;
    clearTimeout(timer);
    void client?.end().catch(() => {});
  };
}
