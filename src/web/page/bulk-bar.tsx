// Changes the jobs that are ticked, or all that fit the filter, after saying how many that would be.
import { useState } from 'preact/hooks';
import { post } from './api.js';
import { Ask } from './dialog.js';
import { FILTERS } from './filters.js';
import { useActing } from './says.js';
import { jobs } from './words.js';

const KINDS = [
  ['retry', 'Run again', 'will run again'],
  ['cancel', 'Cancel', 'cancelled'],
  ['hold', 'Hold', 'held'],
  ['release', 'Release', 'released'],
  ['delete', 'Delete', 'removed'],
] as const;
type Kind = (typeof KINDS)[number];

interface Asked {
  kind: Kind;
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
  const ask = (kind: Kind) =>
    act(async () => {
      const body = ticked.size > 0 ? { jobs: [...ticked] } : filterOf(query);
      const { changed: count } = await post<{ changed: number }>(`/changes/${kind[0]}`, { ...body, dry_run: true });
      setAsked({ kind, body, count });
    });
  const confirm = async ({ kind, body }: Asked) => {
    if (await change(kind[0], body, kind[2])) changed();
  };
  return (
    <div class="bulk" role="toolbar" aria-label="Change jobs">
      <span class="dim">{ticked.size > 0 ? `${jobs(ticked.size)} chosen:` : 'all that fit:'}</span>
      {KINDS.map((kind) => (
        <button key={kind[0]} type="button" onClick={() => ask(kind)}>
          {kind[1]}
        </button>
      ))}
      {asked && (
        <Ask
          title={asked.kind[1]}
          text={
            asked.count === 0
              ? 'None of these jobs is in a state that allows it.'
              : `${jobs(asked.count)} would be changed.`
          }
          yes={`${asked.kind[1]}: ${jobs(asked.count)}`}
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
