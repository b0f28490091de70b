// One worker process of a peer: `node types-worker.mjs ENGINE URL MS`. It tells its parent how many jobs it did.
import { ENGINES } from './types-modes.mjs';

const TELL_EACH_MS = 5;

const [name, url, ms] = process.argv.slice(2);
let untold = 0;

process.once('disconnect', () => process.exit()); // the parent is gone, or has seen enough
await ENGINES[name].work(url, {
  started: Number(ms) > 0 ? () => new Promise((resolve) => setTimeout(resolve, Number(ms))) : () => {},
  done(count) {
    if (untold === 0 && count > 0) setTimeout(tell, TELL_EACH_MS);
    untold += count;
  },
});

function tell() {
  process.send({ done: untold });
  untold = 0;
}
