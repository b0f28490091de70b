// Section `engine`: jobs a second, the way from enqueueing to the start, and what a worker costs.
import { idle, memory } from './cost.mjs';
import { latency } from './latency.mjs';
import { inPlace } from './place.mjs';
import { throughput } from './throughput.mjs';

export async function engine(options) {
  await inPlace(options, async (place) => {
    for (const part of [throughput, latency, idle, memory]) await part(place, options);
  });
}
