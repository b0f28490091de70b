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
const SHORT_HEAD = 4;
const SHORT_TEXT = 10;
const LONG_TEXT = 24;

/** What is too wide is cut: long texts first, then heads, then all columns, at last whole lines. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (Cell | string)[])[],
  screen: Screen,
): string {
  const heads = columns.map(({ head = '' }): Cell => ({ text: head, style: 'dim' }));
  const body = rows.map((row) => row.map(clean));
  const headed = columns.some(({ head }) => head !== undefined);
  const all = headed ? [heads, ...body] : body;
  const widths = fitted(widest(all, columns), widest(body, columns), screen.columns);
  return all.map((row) => line(row, columns, widths, screen)).join('\n');
}

function widest(rows: readonly (readonly Cell[])[], columns: readonly Column[]): number[] {
  return columns.map((_, at) => rows.reduce((most, row) => Math.max(most, widthOf(row[at]!.text)), 1));
}

function fitted(natural: readonly number[], bodies: readonly number[], columns: number): number[] {
  const room = columns - GAP.length * (natural.length - 1);
  const widths = [...natural];
  for (const floor of [
    (at: number) => Math.min(natural[at]!, LONG_TEXT),
    (at: number) => Math.min(Math.max(bodies[at]!, SHORT_HEAD), LONG_TEXT),
    () => SHORT_TEXT,
    () => 1,
  ]) {
    shrink(
      widths,
      widths.map((width, at) => Math.min(width, floor(at))),
      room,
    );
  }
  return widths;
}

/** Takes a column's width at a time from the widest that may still give one. */
function shrink(widths: number[], floors: readonly number[], room: number): void {
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    let chosen = -1;
    for (const [at, width] of widths.entries()) {
      if (width > floors[at]! && width >= (widths[chosen] ?? 0)) chosen = at;
    }
    if (chosen === -1) return;
    widths[chosen] = Math.max(floors[chosen]!, widths[chosen]! - 1);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function clean(cell: Cell | string): Cell {
  return typeof cell === 'string' ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) };
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
