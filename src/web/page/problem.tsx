// What could not be asked for, and what there is to see where there is nothing.
import type { ComponentChildren } from 'preact';
import { ApiError } from './api.js';

export function Problem({ error }: { error: Error | undefined }) {
  if (!error) return null;
  const next = error instanceof ApiError ? error.suggestions : [];
  return (
    <div class="problem" role="alert">
      {error.message}
      {next.map((line) => (
        <div key={line} class="dim">
          {line}
        </div>
      ))}
    </div>
  );
}

/** @param command what to type */
export function Empty({ children, command }: { children: ComponentChildren; command: string }) {
  return (
    <div class="empty">
      <p>{children}</p>
      <code>{command}</code>
    </div>
  );
}
