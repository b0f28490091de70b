// Points in time as people read them: local time, and how far away it is.
import { elapsed } from './duration.js';

/** `2026-12-01 10:00:00` in the zone of the terminal. */
export function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `3 s ago`, `in 5 m`, `now`. */
export function distance(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `in ${elapsed(ms)}` : `${elapsed(-ms)} ago`;
}
