// Dialogs: asking before something is done, and showing the keys.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []); // keeps the focus inside, and gives it back
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  confirm: () => void;
  close: () => void;
}

export function Ask({ title, text, yes, confirm, close }: Question) {
  const answer = () => {
    close();
    confirm();
  };
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      <div class="buttons">
        <button type="button" class="main" onClick={answer}>
          {yes}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}

const KEYS: [string, string][] = [
  ['/', 'search jobs'],
  ['j, k', 'the next and the previous line'],
  ['Enter', 'open it'],
  ['g o, g j, g d, g q, g w', 'overview, jobs, dead letter queue, queues, workers'],
  ['?', 'these keys'],
];

export function Keys({ close }: { close: () => void }) {
  return (
    <Dialog title="Keys" close={close}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
