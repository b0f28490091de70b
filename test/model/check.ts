// Draws sequences of steps and does each on a store and on the model: they must agree after every step.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type OpenBackend, Stores } from '../storage/backend.js';
import { Model } from './model.js';
import { Real } from './real.js';
import { type Step, sequence } from './steps.js';

export interface ModelReport {
  sequences: number;
  steps: number;
  seconds: number;
}

/** @throws the shortest sequence that was found in which they differ, with the seed */
export async function checkModel(open: OpenBackend, runs: number, seed: number): Promise<ModelReport> {
  const startedAt = performance.now();
  const backend = await open();
  const stores = new Stores(backend.database, backend.advance, backend.connect);
  const report: ModelReport = { sequences: 0, steps: 0, seconds: 0 };
  try {
    const real = await Real.open(stores);
    const agrees = fc.asyncProperty(sequence, async (steps) => {
      await real.restart();
      await compare(real, steps);
      report.sequences += 1;
      report.steps += steps.length;
    });
    const { counterexample, errorInstance } = await fc.check(agrees, { numRuns: runs, seed });
    if (counterexample) throw differing(counterexample[0], errorInstance, seed);
  } finally {
    await backend.close();
  }
  report.seconds = Math.round((performance.now() - startedAt) / 1000);
  return report;
}

async function compare(real: Real, steps: readonly Step[]): Promise<void> {
  const model = new Model();
  for (const [index, step] of steps.entries()) {
    const expected = { answer: model.do(step), state: model.look() };
    const found = { answer: await real.do(step), state: await real.look() };
    if (isDeepStrictEqual(found, expected)) continue;
    throw new Error(
      `step ${index + 1}, ${JSON.stringify(step)}\nmodel ${JSON.stringify(expected)}\nstore ${JSON.stringify(found)}`,
    );
  }
}

function differing(steps: readonly Step[], error: unknown, seed: number): Error {
  const told = steps.map((step, index) => `${index + 1} ${JSON.stringify(step)}`);
  return new Error(`${told.join('\n')}\n${(error as Error).message}\nrepeat: npm run model -- --seed ${seed}`);
}
