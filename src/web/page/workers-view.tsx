// Workers, on which hosts they are, and what each of them runs.
import { useLive } from './live.js';
import { Empty } from './problem.js';
import { linkToJob } from './route.js';
import type { Worker } from './shapes.js';
import { ofNumbers, Table } from './table.js';
import { bytes, count, distance, duration } from './words.js';

export function WorkersView() {
  const { tick } = useLive();
  if (!tick) return <h1>Workers</h1>;
  const { workers } = tick.overview;
  const hosts = [...new Set(workers.map(({ host }) => host))];
  return (
    <>
      <h1>Workers</h1>
      {workers.length === 0 && (
        <Empty command="queuectl worker start --count 2">Nobody runs jobs here. Start workers:</Empty>
      )}
      {hosts.map((host) => (
        <section key={host} aria-label={`Workers on ${host}`}>
          <h2>{host}</h2>
          <WorkerTable workers={workers.filter((worker) => worker.host === host)} all />
        </section>
      ))}
    </>
  );
}

/** @param all also what is of interest less often */
export function WorkerTable({ workers, all = false }: { workers: readonly Worker[]; all?: boolean }) {
  return (
    <Table
      name="Workers"
      heads={[
        'worker',
        'runs',
        'queues',
        all && 'sign of life',
        ofNumbers('done'),
        ofNumbers('memory'),
        all && 'version, pid',
        ofNumbers('up'),
      ]}
    >
      {workers.map((worker) => (
        <tr key={`${worker.host} ${worker.name} ${worker.pid}`}>
          <th scope="row">
            {worker.name}{' '}
            {worker.gone ? (
              <span class="state dead">gone</span>
            ) : (
              worker.state !== 'running' && <span class="dim">{worker.state}</span>
            )}
          </th>
          <td>
            <Slots worker={worker} />
          </td>
          <td>{worker.queues?.join(', ') ?? 'all'}</td>
          {all && <td>{distance(worker.last_heartbeat_at)}</td>}
          <td class="number">{count(worker.completed)}</td>
          <td class="number">{bytes(worker.memory_bytes)}</td>
          {all && (
            <td>
              {worker.version}, {worker.pid}
            </td>
          )}
          <td class="number">{duration(worker.uptime_sec * 1000)}</td>
        </tr>
      ))}
    </Table>
  );
}

const SHOWN = 8;

function Slots({ worker: { jobs, concurrency } }: { worker: Worker }) {
  const free = concurrency - jobs.length;
  return (
    <ul class="slots">
      {jobs.slice(0, SHOWN).map((job) => (
        <li key={job.id}>
          <a href={linkToJob(job.id)}>{job.id}</a>{' '}
          <span class="dim">{duration(Math.max(0, Date.now() - Date.parse(job.started_at ?? '')))}</span>
          {job.progress !== null && <progress max={1} value={job.progress} aria-label={`progress of ${job.id}`} />}
        </li>
      ))}
      {jobs.length > SHOWN && <li class="dim">and {jobs.length - SHOWN} more</li>}
      {free > 0 && <li class="dim">{jobs.length === 0 ? 'idle' : `${free} free`}</li>}
    </ul>
  );
}
