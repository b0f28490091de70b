// How long a failed job waits before its next attempt.

/** A century: keeps `now + delay` an exact integer whatever the base. */
const LONGEST_MS = 100 * 365 * 24 * 3600 * 1000;

/** A handler's own wish for the delay, made into one that a clock can be moved by. */
export function wishedDelayMs(ms: number): number {
  return Math.round(Math.min(Math.max(ms, 0), LONGEST_MS));
}

export interface Backoff {
  base: number;
  maxMs: number;
  /** 0..1: the part of the delay that is drawn at random. */
  jitter: number;
}

/**
 * `base ** failures` seconds, capped, then spread over ±jitter/2 of itself.
 * @param failures failed attempts so far, 1 after the first
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(failures: number, backoff: Backoff, random: number): number {
  const exact = Math.min(backoff.base ** failures * 1000, backoff.maxMs, LONGEST_MS);
  return Math.round(exact * (1 + backoff.jitter * (random - 0.5)));
}
