// The jobs that fit a filter, page by page, and changing those that are ticked.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from './api.js';
import { BulkBar } from './bulk-bar.js';
import { Enqueue } from './enqueue.js';
import { FILTERS, Filters } from './filters.js';
import { useLoaded } from './load.js';
import { neighbours, pageQuery } from './pages.js';
import { Empty, Problem } from './problem.js';
import { linkTo, linkToJob } from './route.js';
import { useActing } from './says.js';
import type { Job, Jobs } from './shapes.js';
import { StateWord } from './state.js';
import { ofNumbers, Table } from './table.js';
import { distance, plain } from './words.js';

export function JobsView({ query }: { query: URLSearchParams }) {
  const { path, turned } = pageQuery(query);
  const { data, error, reload } = useLoaded<Jobs>(path);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const { session } = useActing();
  useEffect(() => setTicked(new Set()), [path]);
  const jobs = data ? (turned ? [...data.jobs].reverse() : data.jobs) : [];
  const beside = neighbours(query, jobs, data?.more ?? false);
  const filtered = FILTERS.some((name) => query.get(name));
  const refused = error instanceof ApiError && error.status === 400 ? error : undefined;
  return (
    <>
      <h1>Jobs</h1>
      <Enqueue changed={reload} />
      <Filters query={query} error={refused} />
      {!refused && <Problem error={error} />}
      {session.write && <BulkBar ticked={ticked} query={query} changed={reload} />}
      {data && jobs.length === 0 && filtered && <p class="empty">No job fits this filter.</p>}
      {data && jobs.length === 0 && !filtered && (
        <Empty command="queuectl enqueue -- make release">No job here. Put one into the queue:</Empty>
      )}
      {jobs.length > 0 && <JobTable jobs={jobs} ticked={session.write ? ticked : undefined} tick={setTicked} />}
      <nav class="pages" aria-label="Pages">
        {beside.previous && <a href={linkTo('jobs', beside.previous)}>← Previous</a>}
        {beside.next && <a href={linkTo('jobs', beside.next)}>Next →</a>}
      </nav>
    </>
  );
}

interface JobTableProps {
  jobs: readonly Job[];
  ticked: ReadonlySet<string> | undefined;
  tick: (ids: ReadonlySet<string>) => void;
}

function JobTable({ jobs, ticked, tick }: JobTableProps) {
  const turn = (ids: readonly string[], on: boolean) => {
    const next = new Set(ticked);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    tick(next);
  };
  const all = ticked && (
    <input
      type="checkbox"
      aria-label="All on this page"
      checked={jobs.every(({ id }) => ticked.has(id))}
      onChange={(event) =>
        turn(
          jobs.map(({ id }) => id),
          event.currentTarget.checked,
        )
      }
    />
  );
  return (
    <Table
      class="jobs"
      name="Jobs"
      heads={[
        ticked !== undefined && { head: all },
        'id',
        'state',
        'queue',
        ofNumbers('attempt'),
        'changed',
        'reason',
        'command',
      ]}
    >
      {jobs.map((job) => (
        <tr key={job.number}>
          {ticked && (
            <td>
              <input
                type="checkbox"
                aria-label={`Choose ${job.id}`}
                checked={ticked.has(job.id)}
                onChange={(event) => turn([job.id], event.currentTarget.checked)}
              />
            </td>
          )}
          <th scope="row">
            <a data-line href={linkToJob(job.id)}>
              {job.id}
            </a>
          </th>
          <td>
            <StateWord state={job.state} progress={job.progress} />
          </td>
          <td>{job.queue}</td>
          <td class="number">{job.attempt}</td>
          <td title={job.changed_at}>{distance(job.changed_at)}</td>
          <td>{job.next_run_at ? `next ${distance(job.next_run_at)}` : job.reason}</td>
          <td class="command" title={plain(job.command)}>
            <code>{plain(job.command)}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}
