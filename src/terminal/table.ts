// Rows and columns without borders, never wider than the terminal.
import { oneLine } from './sanitize.js';
import { paint, type Screen, type Style } from './screen.js';
import { cut, pad, widthOf } from './width.js';

export interface Cell {
  text: string;
  style?: Style;
}

export interface Column {
  head?: string;
  /** Numbers stand on the right. */
  align?: 'left' | 'right';
}

const GAP = '  ';

/** The widest column is cut first, and at last whole lines. Columns that are empty throughout still stand. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (Cell | string)[])[],
  screen: Screen,
): string {
  const headed = columns.some(({ head }) => head !== undefined);
  const head = columns.map(({ head = '' }): Cell => ({ text: head, style: 'dim' }));
  const cells = [...(headed ? [head] : []), ...rows.map((row) => row.map(clean))];
  const widths = shrink(
    columns.map((_, at) => Math.max(1, ...cells.map((row) => widthOf(row[at]!.text)))),
    screen.columns,
  );
  return cells.map((row) => line(row, columns, widths, screen)).join('\n');
}

function clean(cell: Cell | string): Cell {
  return typeof cell === 'string' ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) };
}

function shrink(natural: number[], columns: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - columns;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest === 1) break;
    const second = Math.max(1, ...widths.filter((width) => width < widest));
    const shrunk = Math.min(excess, widest - second);
    widths[widths.lastIndexOf(widest)] = widest - Math.max(1, shrunk);
    excess -= Math.max(1, shrunk);
  }
  return widths;
}

function line(row: readonly Cell[], columns: readonly Column[], widths: readonly number[], screen: Screen): string {
  let left = screen.columns;
  let text = '';
  for (const [at, { text: full, style }] of row.entries()) {
    const gap = at === 0 ? '' : GAP;
    const isLast = at === row.length - 1;
    const fitted = cut(full, widths[at]!);
    const padded = isLast && columns[at]!.align !== 'right' ? fitted : pad(fitted, widths[at]!, columns[at]!.align);
    const shown = cut(gap + padded, left);
    left -= widthOf(shown);
    text += paint(style, shown, screen);
  }
  return text.replace(/ +$/, '');
}
