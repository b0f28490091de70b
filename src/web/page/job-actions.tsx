// What can be done about one job in the state that it is in.
import { useState } from 'preact/hooks';
import { Ask } from './dialog.js';
import { go } from './route.js';
import { useActing } from './says.js';
import type { Details } from './shapes.js';

/** What can be done to jobs, and in which states. */
export const ACTIONS = [
  { kind: 'retry', name: 'Run again', done: 'will run again', from: ['dead', 'failed', 'cancelled', 'completed'] },
  { kind: 'cancel', name: 'Cancel', done: 'cancelled', from: ['pending', 'failed', 'held', 'processing'] },
  { kind: 'hold', name: 'Hold', done: 'held', from: ['pending', 'failed'] },
  { kind: 'release', name: 'Release', done: 'released', from: ['held'] },
  {
    kind: 'delete',
    name: 'Delete',
    done: 'removed',
    from: ['pending', 'failed', 'held', 'completed', 'dead', 'cancelled'],
  },
] as const;
export type Action = (typeof ACTIONS)[number];

const WAITING = ['pending', 'failed', 'held'];

export function JobActions({ job, changed }: { job: Details; changed: () => void }) {
  const { session, change } = useActing();
  const [asked, setAsked] = useState<Action | undefined>();
  if (!session.write) return null;
  const jobs = [String(job.number)];
  const act = async ({ kind, done }: Action) => {
    if (!(await change(kind, { jobs }, job.state === 'processing' ? 'asked to end' : done))) return;
    if (kind === 'delete') go('#/jobs');
    else changed();
  };
  return (
    <div class="buttons" role="toolbar" aria-label="This job">
      {ACTIONS.filter(({ from }) => (from as readonly string[]).includes(job.state)).map((action) => (
        <button
          key={action.kind}
          type="button"
          onClick={() => (action.kind === 'delete' || job.state === 'processing' ? setAsked(action) : act(action))}
        >
          {action.name}
        </button>
      ))}
      {WAITING.includes(job.state) && <Priority job={job} changed={changed} />}
      {asked && (
        <Ask
          title={asked.name}
          text={
            asked.kind === 'delete'
              ? `${job.id} goes for good, with its output.`
              : `${job.id} is ended, with all that it started.`
          }
          yes={`${asked.name} ${job.id}`}
          confirm={() => act(asked)}
          close={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

function Priority({ job, changed }: { job: Details; changed: () => void }) {
  const { change } = useActing();
  const [text, setText] = useState(String(job.priority));
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await change('update', { jobs: [String(job.number)], to: { priority: Number(text) } }, 'updated')) changed();
  };
  return (
    <form class="inline" onSubmit={submit}>
      <label>
        <span>Priority</span>
        <input
          type="number"
          min={-1000}
          max={1000}
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Set</button>
    </form>
  );
}
