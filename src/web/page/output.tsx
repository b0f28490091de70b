// What a job printed: as it comes while it runs, else what its last attempt left.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { useLive } from './live.js';
import type { Details } from './shapes.js';
import { plain } from './words.js';

/** Of a long output the end is shown. */
const MOST = 200_000;
const LINES = 2000;

export function Output({ job }: { job: Details }) {
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const { link } = useLive();
  const live = job.state === 'processing';
  const hidden = link === 'hidden';
  const pre = useRef<HTMLPreElement>(null);
  const path = `/jobs/${job.number}`;
  useEffect(() => {
    if (job.attempt === 0) return;
    if (!live) {
      void get<{ output: string; note: string | null }>(`${path}/output?tail=${LINES}`).then(
        (found) => {
          setText(plain(found.output).slice(-MOST));
          setNote(found.note ?? '');
        },
        (error) => setNote(error.message),
      );
      return;
    }
    if (hidden) return; // browsers have but six connections for all tabs
    const source = new EventSource(`/api/v1${path}/follow`);
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
  }, [job.number, job.attempt, live, hidden]);
  useEffect(() => {
    const shown = pre.current;
    if (shown && live) shown.scrollTop = shown.scrollHeight;
  }, [text]);
  return (
    <section aria-labelledby="output">
      <h2 id="output">Output {live && <span class="state processing">live</span>}</h2>
      {job.attempt === 0 ? (
        <p class="dim">It has not started yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
        <pre ref={pre} class="output" tabIndex={0} role="log" aria-label="Output of the job">
          {text || (live ? '' : 'It printed nothing.')}
        </pre>
      )}
      {note && <p class="dim">{plain(note)}</p>}
    </section>
  );
}
