// One worker process: `node postgres-worker.mjs MODE URL`. It tells its parent how many jobs it did, and when jobs began.
import { MODES } from './postgres-modes.mjs';

const TELL_EACH_MS = 5;

const [name, url, withStarts] = process.argv.slice(2);
const { engine, options } = MODES[name];
let untold = 0;

process.once('disconnect', () => process.exit()); // the parent is gone, or has seen enough
await engine.work(url, options, {
  started: () => withStarts && process.send({ startedAt: Number(process.hrtime.bigint()) / 1e6 }),
  done(count) {
    if (untold === 0 && count > 0) setTimeout(tell, TELL_EACH_MS);
    untold += count;
  },
});
process.send({ ready: true });

function tell() {
  process.send({ done: untold });
  untold = 0;
}
