// A table that is wider than a phone: it scrolls for itself, also by keys.
import type { ComponentChildren } from 'preact';

export function Wide({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
    <section class="wide" tabIndex={0} aria-label={name}>
      {children}
    </section>
  );
}
