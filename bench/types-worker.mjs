// One worker process of a peer: `node types-worker.mjs ENGINE URL MS`. It tells its parent how many jobs it did.
import { ENGINES } from './types-modes.mjs';

const TELL_EACH_MS = 5;

const [name, url, ms] = process.argv.slice(2);
let untold = 0;
let toldAt = 0;
let timer;

process.once('disconnect', () => process.exit()); // the parent is gone, or has seen enough
await ENGINES[name].work(url, {
  started: Number(ms) > 0 ? () => new Promise((resolve) => setTimeout(resolve, Number(ms))) : () => {},
  done(count) {
    untold += count;
    // At once where possible: some of them give no timer a chance.
    if (performance.now() - toldAt >= TELL_EACH_MS) tell();
    else timer ??= setTimeout(tell, TELL_EACH_MS);
  },
});

function tell() {
  clearTimeout(timer);
  timer = undefined;
  toldAt = performance.now();
  process.send({ done: untold });
  untold = 0;
}
