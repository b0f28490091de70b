// Durations and points in time as people write them.
import { BadInput } from '../errors.js';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DURATION_FORMS = 'use seconds or a number with a unit: 90, 90s, 5m, 2h, 7d';
const TIME_FORMS = 'use ISO 8601 with a zone (2026-12-01T10:00:00Z, 2026-12-01T10:00+02:00) or a delay (+5m, +2h)';
const LONGEST_MS = 100 * 365 * UNIT_MS.d!;

/** `90` and 90 are seconds; `90s`, `5m`, `2h`, `7d` and sums such as `1h30m`. @returns milliseconds */
export function parseDuration(text: string | number, name = 'duration'): number {
  const written = String(text).trim();
  const plain = /^\d+(\.\d+)?$/.test(written) ? Number(written) * 1000 : undefined;
  const ms = plain ?? sumOfParts(written);
  if (ms === undefined)
    throw new BadInput(`${name}: cannot read ${JSON.stringify(text)} as a duration`, [DURATION_FORMS]);
  if (ms > LONGEST_MS) throw new BadInput(`${name}: ${written} is longer than 100 years`);
  return Math.round(ms);
}

function sumOfParts(written: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(written)) return undefined;
  let ms = 0;
  for (const [, amount, , unit] of written.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d|w)/g)) {
    ms += Number(amount) * UNIT_MS[unit!]!;
  }
  return ms;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(:(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/i;

/** A point in time: either absolute, or a delay from the moment of enqueueing. */
export type When = { at: number } | { inMs: number };

/** ISO 8601 with a zone, or `+5m`. Bare numbers, dates without a zone and words are refused. */
export function parseWhen(text: unknown, name = 'run_at'): When {
  const refuse = () => new BadInput(`${name}: cannot read ${JSON.stringify(text)} as a time`, [TIME_FORMS]);
  if (typeof text !== 'string') throw refuse();
  if (text.startsWith('+')) return { inMs: parseDuration(text.slice(1), name) };
  const parts = ISO.exec(text.trim());
  if (!parts) throw refuse();
  const [, year, month, day, hour, minute, , second] = parts.map(Number);
  const civil = new Date(Date.UTC(year!, month! - 1, day!));
  const exists = civil.getUTCMonth() === month! - 1 && civil.getUTCDate() === day!;
  if (!exists || hour! > 23 || minute! > 59 || (second || 0) > 59) throw refuse();
  const zone = parts[9]!.toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  const at = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}${parts[6] ?? ''}${zone}`);
  if (Number.isNaN(at)) throw refuse();
  return { at };
}

/** A point in the past: `2h` is two hours ago, else ISO 8601 with a zone. @returns epoch ms */
export function parseSince(text: string, now: number): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d|w)/.test(text)) return now - parseDuration(text, 'since');
  const when = parseWhen(text, 'since');
  return 'at' in when ? when.at : now - when.inMs;
}
