// A job's story: its attempts, and what people did, in order.
import type { Details } from './shapes.js';
import { clock, duration, plain } from './words.js';

interface Entry {
  at: string;
  text: string;
  kind: string;
}

export function Timeline({ job }: { job: Details }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <ol class="timeline">
        {entriesOf(job).map((entry, index) => (
          <li key={index} class={entry.kind}>
            <time dateTime={entry.at}>{clock(entry.at)}</time> <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function entriesOf(job: Details): Entry[] {
  const all: Entry[] = [{ at: job.created_at, text: 'enqueued', kind: '' }];
  for (const attempt of job.attempts) {
    const name = `attempt ${attempt.attempt}`;
    all.push({ at: attempt.started_at, text: `${name} started on ${attempt.worker ?? 'a worker'}`, kind: '' });
    if (attempt.finished_at === null || attempt.outcome === null) continue;
    const why = attempt.reason ? `: ${attempt.reason}` : '';
    const more = attempt.detail ? ` (${plain(attempt.detail)})` : '';
    const text = `${name} ${attempt.outcome.replace('_', ' ')} after ${duration(attempt.duration_ms)}${why}${more}`;
    all.push({ at: attempt.finished_at, text, kind: attempt.outcome });
  }
  for (const { at, what, who, before } of job.events) {
    const was = (before as { state?: string } | null)?.state;
    all.push({ at, text: `${what} by ${who}${was ? `, was ${was}` : ''}`, kind: 'person' });
  }
  return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
