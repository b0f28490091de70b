// The dead letter queue by causes, and running those of one again.
import { useState } from 'preact/hooks';
import { Ask } from './dialog.js';
import { useLoaded } from './load.js';
import { Problem } from './problem.js';
import { linkTo } from './route.js';
import { useActing } from './says.js';
import type { Causes } from './shapes.js';
import { ofNumbers, Table } from './table.js';
import { count, distance, jobs } from './words.js';

export function DeadLetters() {
  const { data, error, reload } = useLoaded<Causes>('/causes');
  const { session, change } = useActing();
  const [asked, setAsked] = useState<Causes['causes'][number] | undefined>();
  const redrive = async ({ cause }: Causes['causes'][number]) => {
    const filter = cause === null ? { state: ['dead'], where: 'cause = none' } : { state: ['dead'], cause };
    if (await change('retry', { filter }, 'will run again')) reload();
  };
  return (
    <>
      <h1>Dead letters</h1>
      <p class="dim">Jobs that failed for good, by what they failed of.</p>
      <Problem error={error} />
      {data?.causes.length === 0 && <p class="empty">No job has failed for good.</p>}
      {data && data.causes.length > 0 && (
        <Table name="Causes" heads={['cause', ofNumbers('jobs'), 'first', 'last', session.write && 'action']}>
          {data.causes.map((one) => (
            <tr key={one.cause}>
              <th scope="row">
                <a
                  data-line
                  href={linkTo('jobs', {
                    state: 'dead',
                    ...(one.cause === null ? { where: 'cause = none' } : { cause: one.cause }),
                  })}
                >
                  {one.reason ?? 'none'}
                </a>{' '}
                <code>{one.cause}</code>
              </th>
              <td class="number">{count(one.count)}</td>
              <td>{distance(one.first_at)}</td>
              <td>{distance(one.last_at)}</td>
              {session.write && (
                <td>
                  <button type="button" onClick={() => setAsked(one)} aria-label={`Run again: ${one.reason ?? 'none'}`}>
                    Run again
                  </button>
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      {asked && (
        <Ask
          title="Run again"
          text={`${jobs(asked.count)} with the cause “${asked.reason ?? 'none'}” go back into their queues.`}
          yes={`Run ${jobs(asked.count)} again`}
          confirm={() => redrive(asked)}
          close={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
