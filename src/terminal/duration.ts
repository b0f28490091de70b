// Durations as people read them: 0.35 s, 1.2 s, 14 s, 3 m 4 s, 2 h 5 m, 3 d 4 h.

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

export function duration(ms: number): string {
  if (ms < 1000) return `${Number((ms / 1000).toFixed(ms < 10 ? 3 : 2))} s`;
  if (ms < 9950) return `${Number((ms / 1000).toFixed(1))} s`;
  let seconds = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break; // 1 h, not 1 h 5 s
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** For what has been going on: whole seconds. */
export function elapsed(ms: number): string {
  return duration(Math.max(0, Math.floor(ms / 1000) * 1000));
}
