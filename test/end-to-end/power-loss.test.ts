// F14: the power fails at any write. A short replay; `npm run power-loss` makes ten times as many cuts.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { replay } from '../power-loss/replay.js';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

test('F14 a power cut at any write loses nothing that was acknowledged', { timeout: 300_000 }, async (context) => {
  if (!hasStrace) return context.skip('strace is not installed');
  const { losses, broken, acknowledgements } = await replay({ cuts: 200, seed: 1, durability: 'full' });
  expect(acknowledgements).toBeGreaterThan(200);
  expect({ losses, broken }).toEqual({ losses: [], broken: [] });
});

test('F14 with durability normal the same cuts lose commits, but break nothing', {
  timeout: 300_000,
}, async (context) => {
  if (!hasStrace) return context.skip('strace is not installed');
  const { losses, broken } = await replay({ cuts: 50, seed: 1, durability: 'normal' });
  expect(losses.length).toBeGreaterThan(5);
  expect(broken).toEqual([]);
});
