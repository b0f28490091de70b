// Findings as lines: what is well, what is not, and what to do about it.
import type { Finding, Level } from '../queue/finding.js';
import { oneLine } from './sanitize.js';
import { paint, type Screen, type Style } from './screen.js';

const STYLES: Record<Level, Style> = { ok: 'green', note: 'dim', warning: 'yellow', problem: 'red' };

/** Never cut: they are read to the end, and pasted elsewhere. */
export function findingLines(findings: readonly Finding[], screen: Screen): string {
  return findings.flatMap((finding) => linesOf(finding, screen)).join('\n');
}

function linesOf({ level, text, next }: Finding, screen: Screen): string[] {
  const head = paint(STYLES[level], level.padEnd('problem'.length), screen);
  const first = `${head}  ${oneLine(text)}`;
  return next === undefined ? [first] : [first, `${' '.repeat('problem'.length)}  → ${oneLine(next)}`];
}
