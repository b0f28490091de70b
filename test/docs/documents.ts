// The documents as their readers find them: the files, their links, their tables.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Paths of all Markdown files that are ours. */
export function documents(): string[] {
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`);
  return [...readdirSync(root), ...below].filter((path) => path.endsWith('.md')).sort();
}

/** Rows of the first table whose head begins with these words, cell by cell, without backticks. */
export function tableRows(text: string, ...head: string[]): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => head.every((word, index) => cells(line)[index] === word));
  if (start === -1) throw new Error(`there is no table with the head ${head.join(' | ')}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, length === -1 ? undefined : start + length).map(cells);
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
}
