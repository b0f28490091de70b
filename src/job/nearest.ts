// The known word that a mistyped one probably meant.

/** Mistyped, or one of its words alone: `retries` for `--max-retries`, `pause` for `queue pause`. @returns undefined when nothing is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  if (ranked[0] && ranked[0].distance <= limit) return ranked[0].candidate;
  const whole = known.filter((candidate) => wordsOf(candidate).includes(wordsOf(word).join()));
  return whole.length === 1 ? whole[0] : undefined;
}

function wordsOf(name: string): string[] {
  return name.split(/[-_ ]+/).filter((part) => part !== '');
}

/** Levenshtein's distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, char] of [...a].entries()) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      row.push(Math.min(above[j]! + (char === b[j] ? 0 : 1), above[j + 1]! + 1, row[j]! + 1));
    }
  }
  return row[b.length]!;
}
