// What an action did, told where everybody notices, with a way back where there is one.
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { ApiError, post } from './api.js';
import type { Bulk, Session, Undone } from './shapes.js';
import { jobs } from './words.js';

interface Said {
  text: string;
  bad: boolean;
  /** The change that can be taken back. */
  change: number | null;
}

export interface Acting {
  session: Session;
  say(text: string, change?: number | null): void;
  /** Tells what went wrong, too. @returns whether it was done */
  act(work: () => Promise<unknown>): Promise<boolean>;
  /** Changes jobs, and tells how many. */
  change(kind: string, body: object, done: string): Promise<boolean>;
}

export const ActingContext = createContext<Acting>(null as never);
export const useActing = () => useContext(ActingContext);

const SHOWN_MS = 12_000;

/** @returns how to act, and where it is told */
export function useSays(session: Session) {
  const [said, setSaid] = useState<Said | undefined>();
  useEffect(() => {
    if (!said || said.bad) return;
    const timer = setTimeout(() => setSaid(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const say = (text: string, change: number | null = null) => setSaid({ text, bad: false, change });
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work();
      return true;
    } catch (error) {
      const next =
        error instanceof ApiError && error.suggestions.length > 0 ? ` (${error.suggestions.join('; ')})` : '';
      setSaid({ text: `${(error as Error).message}${next}`, bad: true, change: null });
      return false;
    }
  };
  const change = (kind: string, body: object, done: string) =>
    act(async () => {
      const { changed, left, change: number } = await post<Bulk>(`/changes/${kind}`, body);
      say(`${jobs(changed)} ${done}${left > 0 ? `; ${jobs(left)} left alone` : ''}`, number);
    });
  const undo = (number: number) =>
    act(async () => {
      const { undone, what, moved_on: moved } = await post<Undone>('/changes/undo', { change: number });
      say(`${jobs(undone)} no longer ${what}${moved > 0 ? `; ${jobs(moved)} moved on since` : ''}`);
    });
  const shown = (
    <div class={`said${said ? ' shown' : ''}${said?.bad ? ' bad' : ''}`} role="status">
      {said && <span>{said.text}</span>}
      {said?.change != null && (
        <button type="button" onClick={() => undo(said.change!)}>
          Undo
        </button>
      )}
      {said && (
        <button type="button" class="quiet" aria-label="Dismiss" onClick={() => setSaid(undefined)}>
          ×
        </button>
      )}
    </div>
  );
  return { acting: { session, say, act, change } satisfies Acting, shown };
}
