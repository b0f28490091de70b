// The state of a job, by word and colour, and where the ways to say it lead.
import { linkTo } from './route.js';
import { count } from './words.js';

export const STATES = ['pending', 'processing', 'failed', 'held', 'completed', 'dead', 'cancelled'] as const;

export function StateWord({ state, progress }: { state: string; progress?: number | null }) {
  const far = state === 'processing' && progress != null ? ` ${Math.round(progress * 100)} %` : '';
  return <span class={`state ${state}`}>{`${state}${far}`}</span>;
}

/** How many jobs are in each state, as links to them. */
export function Counts({ counts, queue }: { counts: Record<string, number>; queue?: string }) {
  return (
    <ul class="counts">
      {STATES.map((state) => (
        <li key={state}>
          <a href={linkTo('jobs', { state, queue })} class={counts[state] === 0 ? 'none' : ''}>
            <b>{count(counts[state] ?? 0)}</b> <StateWord state={state} />
          </a>
        </li>
      ))}
    </ul>
  );
}
