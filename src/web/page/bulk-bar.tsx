// Changes the jobs that are ticked, or all that fit the filter, after saying how many that would be.
import { useState } from 'preact/hooks';
import { post } from './api.js';
import { Ask } from './dialog.js';
import { FILTERS } from './filters.js';
import { ACTIONS, type Action } from './job-actions.js';
import { useActing } from './says.js';
import { jobs } from './words.js';

interface Asked {
  action: Action;
  body: object;
  count: number;
}

interface Bar {
  ticked: ReadonlySet<string>;
  query: URLSearchParams;
  changed: () => void;
}

export function BulkBar({ ticked, query, changed }: Bar) {
  const { act, change } = useActing();
  const [asked, setAsked] = useState<Asked | undefined>();
  const ask = (action: Action) =>
    act(async () => {
      // A filter besides leaves those alone that are in another state.
      const body = ticked.size > 0 ? { jobs: [...ticked], filter: { state: action.from } } : filterOf(query);
      const { changed: count } = await post<{ changed: number }>(`/changes/${action.kind}`, { ...body, dry_run: true });
      setAsked({ action, body, count });
    });
  const confirm = async ({ action, body }: Asked) => {
    if (await change(action.kind, body, action.done)) changed();
  };
  return (
    <div class="bulk" role="toolbar" aria-label="Change jobs">
      <span class="dim">{ticked.size > 0 ? `${jobs(ticked.size)} chosen:` : 'all that fit:'}</span>
      {ACTIONS.map((action) => (
        <button key={action.kind} type="button" onClick={() => ask(action)}>
          {action.name}
        </button>
      ))}
      {asked && (
        <Ask
          title={asked.action.name}
          text={
            asked.count === 0
              ? 'None of these jobs is in a state that allows it.'
              : `${jobs(asked.count)} would be changed.`
          }
          yes={`${asked.action.name}: ${jobs(asked.count)}`}
          confirm={() => confirm(asked)}
          close={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

/** Without any filter it is all jobs. */
function filterOf(query: URLSearchParams): object {
  const given = FILTERS.flatMap((name): [string, unknown][] => {
    const value = query.get(name);
    return value ? [[name, name === 'state' ? [value] : value]] : [];
  });
  return given.length > 0 ? { filter: Object.fromEntries(given) } : { all: true };
}
