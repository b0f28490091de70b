// Queues: what is in each, who serves it, and the switch that pauses it.
import { post } from './api.js';
import { useLive } from './live.js';
import { Empty } from './problem.js';
import { linkTo, linkToJob } from './route.js';
import { useActing } from './says.js';
import type { Queue } from './shapes.js';
import { ofNumbers, Table } from './table.js';
import { count, distance } from './words.js';

export function QueuesView() {
  const { tick } = useLive();
  return (
    <>
      <h1>Queues</h1>
      {tick && <QueueTable queues={tick.queues} />}
    </>
  );
}

export function QueueTable({ queues }: { queues: readonly Queue[] }) {
  const { session, act, say } = useActing();
  if (queues.length === 0) return <Empty command="queuectl enqueue --queue builds -- make">No queue has jobs:</Empty>;
  const turn = (name: string, paused: boolean) =>
    act(async () => {
      await post(`/queues/${encodeURIComponent(name)}/${paused ? 'resume' : 'pause'}`, {});
      say(paused ? `queue ${name} goes on` : `queue ${name} paused: what runs goes on, nothing else is started`);
    });
  return (
    <Table
      name="Queues"
      heads={[
        'queue',
        'state',
        ofNumbers('waiting'),
        ofNumbers('running'),
        ofNumbers('dead'),
        'oldest waiting',
        'served by',
      ]}
    >
      {queues.map(({ name, counts, paused_at: paused, paused_by: by, oldest_waiting: oldest, workers }) => (
        <tr key={name}>
          <th scope="row">
            <a href={linkTo('jobs', { queue: name })}>{name}</a>
          </th>
          <td>
            {paused ? <span class="state held">{`paused ${distance(paused)} by ${by}`}</span> : 'open'}{' '}
            {session.write && (
              <button
                type="button"
                onClick={() => turn(name, paused !== null)}
                aria-label={`${paused ? 'Resume' : 'Pause'} ${name}`}
              >
                {paused ? 'Resume' : 'Pause'}
              </button>
            )}
          </td>
          <td class="number">{count(counts.pending + counts.failed)}</td>
          <td class="number">{count(counts.processing)}</td>
          <td class="number">{count(counts.dead)}</td>
          <td>{oldest ? <a href={linkToJob(oldest.id)}>{distance(oldest.since)}</a> : '–'}</td>
          <td class="names">{workers.length > 0 ? workers.join(', ') : <span class="state failed">nobody</span>}</td>
        </tr>
      ))}
    </Table>
  );
}
