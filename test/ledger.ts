// The external ledger: lines `job attempt start|tick|end [status]`, appended by the jobs themselves. It is believed, not the database.
import { existsSync, readFileSync } from 'node:fs';

export interface LedgerLine {
  job: string;
  attempt: number;
  what: string;
  /** The command's status, where its end tells it. */
  status?: number;
}

export function readLedger(file: string): LedgerLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => {
    const [job, attempt, what, status] = line.split(' ');
    return { job: job!, attempt: Number(attempt), what: what!, ...(status ? { status: Number(status) } : {}) };
  });
}

/** What must never stand in a ledger: attempts of one job that overlap, start twice, or end twice. */
export function ledgerViolations(lines: readonly LedgerLine[]): string[] {
  const violations: string[] = [];
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  for (const { job, attempt, what } of lines) {
    const line = `${job} ${attempt} ${what}`;
    const before = latest.get(job) ?? 0;
    if (what !== 'tick' && seen.has(line)) violations.push(`twice in the ledger: ${line}`);
    if (attempt < before) violations.push(`overlap: ${line} came after attempt ${before} had started`);
    if (what !== 'start' && !seen.has(`${job} ${attempt} start`)) violations.push(`no start before: ${line}`);
    if (what !== 'end' && seen.has(`${job} ${attempt} end`)) violations.push(`after its end: ${line}`);
    latest.set(job, Math.max(before, attempt));
    seen.add(line);
  }
  return violations;
}
