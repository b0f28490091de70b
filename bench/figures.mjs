// Figures: medians and spreads, and the lines that show them beside their goals.

/** The smallest value that so large a part of all values does not pass. */
export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `62.1 (58.0–80.4)` */
export function spread(values) {
  return `${short(median(values))} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
}

export function short(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Each value over its partner of the same round: what slows the machine down slows both. */
export function ratios(values, partners) {
  return values.map((value, index) => value / partners[index]);
}

export function atMost(goal, value) {
  return `at most ${goal}: ${value <= goal ? 'met' : 'MISSED'}`;
}

export function atLeast(goal, value) {
  return `at least ${goal}: ${value >= goal ? 'met' : 'MISSED'}`;
}

/** Columns as wide as their widest cell. @param rows the first one is the head */
export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  console.log('');
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('   ')
        .trimEnd(),
    );
  }
}
