// The queue at a glance: counts, figures over time, workers and queues.
import { useMemo, useState } from 'preact/hooks';
import { Chart } from './chart.js';
import { useLive } from './live.js';
import { SELDOM_MS, useLoaded } from './load.js';
import { Empty } from './problem.js';
import { QueueTable } from './queues-view.js';
import type { Series } from './shapes.js';
import { Counts } from './state.js';
import { COUNT_STEPS, count, DURATION_STEPS, duration } from './words.js';
import { WorkerTable } from './workers-view.js';

const SPANS = [
  [60, '1 h'],
  [360, '6 h'],
  [1440, '24 h'],
] as const;

export function OverviewView() {
  const { tick } = useLive();
  if (!tick) return <h1>Overview</h1>;
  const { overview, queues } = tick;
  const jobs = Object.values(overview.counts).reduce((sum, n) => sum + n, 0);
  return (
    <>
      <h1>Overview</h1>
      <Counts counts={overview.counts} />
      {jobs === 0 && <Empty command="queuectl enqueue -- make release">No job yet. Put one into the queue:</Empty>}
      <Charts average={overview.average_duration_ms} />
      <section aria-labelledby="workers">
        <h2 id="workers">Workers</h2>
        {overview.workers.length > 0 ? (
          <WorkerTable workers={overview.workers} />
        ) : (
          <Empty command="queuectl worker start --count 2">Nobody runs jobs here. Start workers:</Empty>
        )}
      </section>
      <section aria-labelledby="queues">
        <h2 id="queues">Queues</h2>
        <QueueTable queues={queues} />
      </section>
    </>
  );
}

function Charts({ average }: { average: number | null }) {
  const [minutes, setMinutes] = useState<number>(60);
  const { data } = useLoaded<Series>(`/series?minutes=${minutes}`, SELDOM_MS);
  const throughput = useMemo(
    () =>
      data && [
        { label: 'succeeded', colour: '--good', values: data.succeeded, filled: true },
        { label: 'failed', colour: '--bad', values: data.failed },
      ],
    [data],
  );
  const durations = useMemo(() => data && [{ label: 'mean', colour: '--accent', values: data.duration_ms }], [data]);
  return (
    <section aria-labelledby="figures">
      <div class="row">
        <h2 id="figures">Over time</h2>
        <fieldset class="choices">
          <legend class="hidden">Span</legend>
          {SPANS.map(([span, name]) => (
            <button key={span} type="button" aria-pressed={minutes === span} onClick={() => setMinutes(span)}>
              {name}
            </button>
          ))}
        </fieldset>
        <span class="dim">average of the last hour: {duration(average)}</span>
      </div>
      {data && (
        <div class="charts">
          <Chart
            title={`Attempts in ${data.step_sec / 60} min`}
            at={data.at}
            lines={throughput!}
            format={count}
            steps={COUNT_STEPS}
          />
          <Chart title="Duration" at={data.at} lines={durations!} format={duration} steps={DURATION_STEPS} />
        </div>
      )}
    </section>
  );
}
