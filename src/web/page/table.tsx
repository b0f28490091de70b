// A table with its name and its heads; where it is wider than the screen it scrolls for itself, also by keys.
import type { ComponentChildren } from 'preact';

interface TableProps {
  name: string;
  /** In their order; of a column that is not there, false. */
  heads: readonly (string | Head | false)[];
  class?: string;
  /** Its rows. */
  children: ComponentChildren;
}

interface Head {
  head: ComponentChildren;
  /** A column of numbers. */
  number?: boolean;
}

export function Table({ name, heads, class: kind, children }: TableProps) {
  const shown = heads.filter((head) => head !== false).map((head) => (typeof head === 'string' ? { head } : head));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
    <section class="wide" tabIndex={0} aria-label={`${name}, table`}>
      <table class={kind}>
        <caption class="hidden">{name}</caption>
        <thead>
          <tr>
            {shown.map(({ head, number }, at) => (
              <th key={at} scope="col" class={number ? 'number' : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** The head of a column of numbers. */
export function ofNumbers(head: string): Head {
  return { head, number: true };
}
