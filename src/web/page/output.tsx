// What a job printed: as it comes while it runs, else what an attempt left.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { useLive } from './live.js';
import type { Details } from './shapes.js';
import { count, plain } from './words.js';

/** Of a long output the end is shown. */
const MOST = 200_000;
const LINES = 2000;

export function Output({ job }: { job: Details }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [errors, setErrors] = useState(false);
  const attempt = chosen ?? job.attempt;
  const live = job.state === 'processing' && attempt === job.attempt;
  const others = job.attempts.map((one) => one.attempt).filter((one) => one !== job.attempt);
  const split = (job.payload as { split_output?: boolean }).split_output === true;
  return (
    <section aria-labelledby="output">
      <div class="row">
        <h2 id="output">Output {live && <span class="state processing">live</span>}</h2>
        {others.length > 0 && (
          <label class="inline">
            <span>of attempt</span>
            <select value={attempt} onChange={({ currentTarget: { value } }) => setChosen(chosenOf(value, job))}>
              {[job.attempt, ...others.reverse()].map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
        {split && (
          <label class="check">
            <input type="checkbox" checked={errors} onChange={() => setErrors(!errors)} />
            <span>Standard error</span>
          </label>
        )}
      </div>
      {attempt === 0 ? (
        <p class="dim">It has not started yet.</p>
      ) : (
        <Printed key={`${job.number} ${attempt} ${errors} ${live}`} job={job} {...{ attempt, errors, live }} />
      )}
    </section>
  );
}

/** The last one stays the last one when another begins. */
function chosenOf(text: string, { attempt }: Details): number | null {
  return Number(text) === attempt ? null : Number(text);
}

interface PrintedProps {
  job: Details;
  attempt: number;
  errors: boolean;
  live: boolean;
}

function Printed({ job, attempt, errors, live }: PrintedProps) {
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const { link } = useLive();
  const hidden = link === 'hidden';
  const pre = useRef<HTMLPreElement>(null);
  const path = `/jobs/${job.number}`;
  useEffect(() => {
    if (!live) {
      const part = `attempt=${attempt}&tail=${LINES}&stderr=${errors}`;
      void get<{ output: string; note: string | null }>(`${path}/output?${part}`).then(
        (found) => {
          setText(plain(found.output).slice(-MOST));
          setNote(found.note ?? longNote(found.output, job, attempt, errors));
        },
        (error) => setNote(error.message),
      );
      return;
    }
    if (hidden) return; // browsers have but six connections for all tabs
    const source = new EventSource(`/api/v1${path}/follow?stderr=${errors}`);
    let first = true;
    source.addEventListener('open', () => (first = true)); // connected again, it begins with the last lines
    source.addEventListener('output', (event) => {
      const anew = first;
      first = false;
      setText((before) => ((anew ? '' : before) + plain(JSON.parse(event.data))).slice(-MOST));
    });
    source.addEventListener('note', (event) => setNote(JSON.parse(event.data)));
    source.addEventListener('end', () => source.close());
    return () => source.close();
  }, [hidden]);
  useEffect(() => {
    const shown = pre.current;
    if (shown && live) shown.scrollTop = shown.scrollHeight;
  }, [text]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys */}
      <pre ref={pre} class="output" tabIndex={0} role="log" aria-label="Output of the job">
        {text || (live ? '' : 'It printed nothing.')}
      </pre>
      {note && <p class="dim">{plain(note)}</p>}
    </>
  );
}

/** Says when it is but the end of it. */
function longNote(output: string, { id }: Details, attempt: number, errors: boolean): string {
  if (output.length <= MOST && output.split('\n').length <= LINES) return '';
  const flags = `--attempt ${attempt}${errors ? ' --stderr' : ''}`;
  return `Of a long output, its end: at most ${count(LINES)} lines. All of it: queuectl logs ${id} ${flags}`;
}
