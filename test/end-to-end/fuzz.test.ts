// Random command lines keep their manners. `npm run fuzz` runs more of them, with any seed.
import { expect, test } from 'vitest';
import { runFuzz } from '../fuzz/campaign.js';
import { ON_SERVER } from '../sandbox.js';

const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** 2,000 in all. What is typed is refused before any database is asked: fewer do on a server. */
const RUNS = Number(process.env.FUZZ_RUNS ?? (ON_SERVER ? 200 : 1800));

test('random command lines: no stack trace, no exit code that is not documented, no hang, JSON under --json', async () => {
  const { failures, runs, codes } = await runFuzz({ runs: RUNS, seed: SEED });
  expect(failures.join('\n')).toBe('');
  expect(runs).toBe(RUNS);
  expect(codes[0]).toBeGreaterThan(RUNS / 10); // lines that do something are among them
}, 1_200_000);
