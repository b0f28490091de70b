// Numbers and times as people read them.

const UNITS: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** Of an axis of what is counted: there are no halves of it. */
export const COUNT_STEPS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].flatMap((n) => [n, 2 * n, 5 * n]);

/** Of an axis of durations, ms: with any other step its labels would be odd. */
export const DURATION_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 7200].map((minutes) => minutes * 60_000),
];

/** @param ms null is told as a dash */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const at = UNITS.findIndex(([size]) => seconds >= size);
  const [size, unit] = UNITS[at]!;
  const next = UNITS[at + 1];
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
  return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${next![1]}` : ''}`;
}

/** Such as `5 min ago` and `in 2 h`. */
export function distance(time: string | null, now = Date.now()): string {
  if (time === null) return '–';
  const ms = Date.parse(time) - now;
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

export function clock(time: string | null): string {
  return time === null ? '–' : new Date(time).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });
}

/** On an axis of time: the hour, or the day that begins. @param at epoch seconds */
export function hour(at: number): string {
  const time = new Date(at * 1000);
  return time.getHours() === 0 && time.getMinutes() === 0
    ? time.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
    : time.toLocaleTimeString(undefined, { timeStyle: 'short' });
}

export function bytes(n: number | null): string {
  if (n === null) return '–';
  if (n < 1024) return `${n} B`;
  const kilo = n / 1024;
  return kilo < 1024 ? `${Math.round(kilo)} kB` : `${(kilo / 1024).toFixed(1)} MB`;
}

export function count(n: number): string {
  return n.toLocaleString();
}

export function jobs(n: number): string {
  return n === 1 ? '1 job' : `${count(n)} jobs`;
}

/** Control characters say nothing on a page; colours of terminals neither. */
export function plain(text: string): string {
  return text
    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
