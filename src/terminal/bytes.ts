// Sizes as people read them: 512 B, 48 MB, 1.2 GB.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(count: number): string {
  let size = count;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 9.95 && unit > 0 ? Number(size.toFixed(1)) : Math.round(size)} ${UNITS[unit]}`;
}
