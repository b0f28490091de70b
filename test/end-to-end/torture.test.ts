// The kill campaign, short enough for each run of the tests. `npm run torture` runs longer ones.
import { expect, test } from 'vitest';
import { ON_SERVER } from '../sandbox.js';
import { runCampaign } from '../torture/campaign.js';

const SEED = Number(process.env.TORTURE_SEED ?? 1);
const BACKEND = ON_SERVER ? 'postgres' : 'sqlite';

test('F03 F04 100 kills at random moments: nothing acknowledged is lost, no outcome twice, no overlap', async () => {
  const { violations, acknowledged, processesKilled, connectionsCut } = await runCampaign({ kills: 100, seed: SEED });
  expect(violations, `repeat: npm run torture -- --kills 100 --seed ${SEED} --backend ${BACKEND}`).toEqual([]);
  expect(acknowledged).toBeGreaterThan(50);
  expect(processesKilled).toBeGreaterThanOrEqual(100);
  if (ON_SERVER) expect(connectionsCut).toBeGreaterThan(20);
}, 600_000);

test('F01 30 kills of workers alone: each job that has started is followed to its own end', async () => {
  const { violations } = await runCampaign({ kills: 30, seed: SEED, workersOnly: true });
  expect(
    violations,
    `repeat: npm run torture -- --kills 30 --seed ${SEED} --backend ${BACKEND} --workers-only`,
  ).toEqual([]);
}, 600_000);
