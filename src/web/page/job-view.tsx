// One job: how far it is and why, its output, its story, and what can be done about it.
import { JobActions } from './job-actions.js';
import { useLoaded } from './load.js';
import { Output } from './output.js';
import { Problem } from './problem.js';
import { linkTo } from './route.js';
import type { Details, Why } from './shapes.js';
import { StateWord } from './state.js';
import { Timeline } from './timeline.js';
import { clock, distance, duration, plain } from './words.js';

export function JobView({ id }: { id: string }) {
  const path = `/jobs/${encodeURIComponent(id)}`;
  const { data: job, error, reload } = useLoaded<Details>(path);
  const { data: why } = useLoaded<Why>(`${path}/why`);
  if (!job) {
    return (
      <>
        <h1>{id}</h1>
        <Problem error={error} />
      </>
    );
  }
  return (
    <>
      <h1>
        {job.id} <StateWord state={job.state} progress={job.progress} />
      </h1>
      <Problem error={error} />
      <pre class="command">{plain(job.command)}</pre>
      {why && (
        <p class="why">
          {`It ${why.sentence}${why.next_run_at ? `; due ${distance(why.next_run_at)}` : ''}. `}
          {why.command && <code>{why.command}</code>}
        </p>
      )}
      <JobActions job={job} changed={reload} />
      <Facts job={job} />
      <Output job={job} />
      <Timeline job={job} />
      <section aria-labelledby="payload">
        <h2 id="payload">Payload</h2>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys */}
        <pre tabIndex={0}>{JSON.stringify(job.payload, null, 2)}</pre>
      </section>
    </>
  );
}

function Facts({ job }: { job: Details }) {
  const facts: [string, string | number | null][] = [
    ['number', job.number],
    ['type', job.type],
    ['priority', job.priority],
    ['attempts', `${job.attempt}, ${job.failures} failed`],
    ['retries', job.max_retries],
    ['timeout', job.timeout_sec === null ? null : duration(job.timeout_sec * 1000)],
    ['key', job.key],
    ['expires', job.expires_at && distance(job.expires_at)],
    ['enqueued', clock(job.created_at)],
    ['started', job.started_at && clock(job.started_at)],
    ['ended', job.finished_at && clock(job.finished_at)],
    ['folder', job.cwd],
    ['result', job.result && plain(job.result)],
  ];
  const env = Object.entries(job.env);
  return (
    <dl class="facts">
      <div>
        <dt>queue</dt>
        <dd>
          <a href={linkTo('jobs', { queue: job.queue })}>{job.queue}</a>
        </dd>
      </div>
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      {env.length > 0 && (
        <div>
          <dt>variables</dt>
          <dd>{env.map(([name, value]) => `${name}=${plain(String(value))}`).join(' ')}</dd>
        </div>
      )}
    </dl>
  );
}
