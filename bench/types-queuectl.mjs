// Our side: real workers, started by the command line, with a linked plugin whose types do nothing, or wait.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const LOOK_EVERY_MS = 5;

const TYPES = `
const parse = (input) => input ?? {};
export default () => [
  { name: 'nothing', load: async () => ({ parse, run() {} }) },
  { name: 'wait', load: async () => ({ parse, run: ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms)) }) },
];
`;

/** @returns fills a new queue of its own for each round */
export function queuectl(place) {
  link(place);
  return async (jobs, ms) => {
    const template = seeded(place, jobs, ms);
    const file = place.fresh('types');
    copyFileSync(template, file);
    const name = file.slice(place.folder.length + 1, -'.db'.length);
    const db = new Database(file, { readonly: true });
    const completed = db.prepare("select coalesce(sum(n), 0) from counts where state = 'completed'").pluck();
    const lost = db.prepare("select coalesce(sum(n), 0) from counts where state in ('failed', 'dead')").pluck();
    let timer;
    return {
      watch(hear, failed) {
        let known = 0;
        timer = setInterval(() => {
          const now = completed.get();
          hear(now - known);
          known = now;
          if (lost.get() > 0) failed(new Error('jobs of the benchmark failed'));
        }, LOOK_EVERY_MS);
      },
      start: (count) => place.startWorkers(name, count, 10),
      async end() {
        clearInterval(timer);
        db.close();
        place.queuectl(name, 'worker', 'stop');
      },
    };
  };
}

/** A queue with so many jobs; one is enqueued, and imported as often as is wanted. */
function seeded(place, jobs, ms) {
  const name = `seed-${ms}-${jobs}`;
  const file = place.path(`${name}.db`);
  if (existsSync(file)) return file;
  const [type, payload] = ms > 0 ? ['wait', { ms }] : ['nothing', {}];
  place.queuectl(`${name}-one`, 'enqueue', '--type', type, '--payload', JSON.stringify(payload));
  const [head, line] = place.queuectl(`${name}-one`, 'export').split('\n');
  const { job } = JSON.parse(line);
  const lines = Array.from({ length: jobs }, (_, n) => JSON.stringify({ job: { ...job, number: n + 1 } }));
  const input = [head, ...lines, JSON.stringify({ end: { jobs } }), ''].join('\n');
  writeFileSync(place.path('export'), input);
  place.queuectl(name, 'import', place.path('export'));
  const db = new Database(file);
  db.pragma('wal_checkpoint(truncate)');
  db.close();
  return file;
}

/** As `plugins link` does it. */
function link(place) {
  const root = place.path('plugin');
  const name = 'queuectl-plugin-bench';
  mkdirSync(root);
  const hooks = { 'queuectl:job-types': './types.js' };
  const manifest = { name, version: '1.0.0', type: 'module', oclif: { hooks } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(root, 'types.js'), TYPES);
  const list = join(place.env.HOME, '.local', 'share', 'queuectl');
  mkdirSync(list, { recursive: true });
  const plugins = [{ type: 'link', name, root }];
  const linked = { name: 'queuectl', private: true, oclif: { schema: 1, plugins } };
  writeFileSync(join(list, 'package.json'), JSON.stringify(linked));
}
