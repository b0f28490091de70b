// A new job, typed on the page: only where the dashboard was started with --allow-enqueue.
import { useState } from 'preact/hooks';
import { post } from './api.js';
import { Dialog } from './dialog.js';
import { Problem } from './problem.js';
import { useActing } from './says.js';

export function Enqueue({ changed }: { changed: () => void }) {
  const { session } = useActing();
  const [open, setOpen] = useState(false);
  if (!session.enqueue) return null;
  return (
    <div class="buttons">
      <button type="button" class="main" onClick={() => setOpen(true)}>
        Enqueue a job
      </button>
      {open && <NewJob changed={changed} close={() => setOpen(false)} />}
    </div>
  );
}

function NewJob({ changed, close }: { changed: () => void; close: () => void }) {
  const { say } = useActing();
  const [command, setCommand] = useState('');
  const [queue, setQueue] = useState('');
  const [error, setError] = useState<Error | undefined>();
  const [sent, setSent] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setSent(true);
    post<{ id: string; queue: string }>('/jobs', { command, ...(queue && { queue }) }).then(
      (job) => {
        close();
        say(`job ${job.id} enqueued in ${job.queue}`);
        changed();
      },
      (wrong: Error) => {
        setError(wrong); // what was typed stays
        setSent(false);
      },
    );
  };
  return (
    <Dialog title="A new job" close={close}>
      <form class="column" onSubmit={submit}>
        <label>
          <span>Command</span>
          <input
            required
            spellcheck={false}
            placeholder="make release"
            value={command}
            onInput={(event) => setCommand(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>In queue</span>
          <input
            spellcheck={false}
            placeholder="default"
            value={queue}
            onInput={(event) => setQueue(event.currentTarget.value)}
          />
        </label>
        <Problem error={error} />
        <p class="dim">It runs where the dashboard was started, as the user of the workers.</p>
        <div class="buttons">
          <button type="submit" class="main" disabled={sent}>
            Enqueue
          </button>
          <button type="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
