// Rounds in which everybody takes part once.

/** A first round warms up; later ones start with another contestant each. */
export async function alternate(all, rounds) {
  const names = Object.keys(all);
  const rates = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const from = round % names.length;
    for (const name of [...names.slice(from), ...names.slice(0, from)]) {
      const rate = await all[name]();
      if (round > 0) rates[name].push(rate);
    }
  }
  return rates;
}
