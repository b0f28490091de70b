// Section `start`: how long whole commands take, beside `node -e 0`, and beside themselves on an empty queue.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { atMost, mean, median, printTable, ratios, short, spread } from './figures.mjs';
import { inPlace, PROGRAM } from './place.mjs';
import { seed } from './seed.mjs';

const WARM_UPS = 3;

const COMMANDS = [
  { argv: ['--version'], goal: 2.3 },
  { argv: ['enqueue', '--', 'true'], goal: 1.7 },
  { argv: ['enqueue', '{"command":"true"}'], goal: 1.7 },
  { argv: ['status'] },
  { argv: ['list'] },
];

const READS = [['list'], ['list', '--state', 'completed'], ['list', '--state', 'dead'], ['status']];
const GROWTH_GOAL = 1.3;

export async function start(options) {
  const { rounds = 25, rows } = options;
  await inPlace(options, async (place) => {
    place.queuectl('small', 'db', 'init');
    const own = COMMANDS.map(({ argv, goal }) => ({
      name: shown(argv),
      goal,
      base: () => timed(place.env, ['-e', '0']),
      subject: () => timed(place.on('small'), [PROGRAM, ...argv]),
    }));
    print(['whole process', 'node -e 0'], compare(own, rounds));

    place.queuectl('empty', 'db', 'init');
    await seed(place, 'large', rows);
    const growth = READS.map((argv) => ({
      name: shown(argv),
      goal: GROWTH_GOAL,
      base: () => timed(place.on('empty'), [PROGRAM, ...argv]),
      subject: () => timed(place.on('large'), [PROGRAM, ...argv]),
    }));
    print([`of ${rows.toLocaleString('en')} jobs`, 'empty queue'], compare(growth, rounds));
  });
}

/** Rounds over all pairs, each pair in a row and in turned order, so that neither has the quiet moments. */
function compare(pairs, rounds) {
  const times = pairs.map(() => ({ base: [], subject: [] }));
  for (let round = -WARM_UPS; round < rounds; round++) {
    for (const [index, pair] of pairs.entries()) {
      for (const which of round % 2 ? ['subject', 'base'] : ['base', 'subject']) {
        const time = pair[which]();
        if (round >= 0) times[index][which].push(time);
      }
    }
  }
  return pairs.map((pair, index) => ({ ...pair, ...times[index] }));
}

function print([what, base], compared) {
  const lines = compared.map((pair) => {
    const [its, others] = [pair.subject, pair.base];
    const each = ratios(its.map(wall), others.map(wall));
    const byCpu = mean(its.map(cpu)) / mean(others.map(cpu));
    const goal = pair.goal === undefined ? '' : atMost(pair.goal, median(each));
    const more = short(median(its.map((time, index) => wall(time) - wall(others[index]))));
    const times = [spread(its.map(wall)), spread(others.map(wall)), spread(each)];
    return [pair.name, ...times, goal, more, byCpu.toFixed(2)];
  });
  printTable([[`${what}, ms`, 'it', base, 'ratio', 'goal for it', 'more by', 'ratio of CPU time'], ...lines]);
}

const wall = (time) => time.wallMs;
const cpu = (time) => time.cpuMs;

/** Its output goes through a pipe, as in a script. */
function timed(env, argv) {
  const cpuBefore = childrenCpuMs();
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, argv, { env, cwd: env.HOME, encoding: 'utf8' });
  const wallMs = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${shown(argv)} ended with ${status}: ${stderr}`);
  return { wallMs, cpuMs: childrenCpuMs() - cpuBefore };
}

/** Of all children that have ended, in ticks of 10 ms: good for a mean over many. Waiting does not count in it. */
function childrenCpuMs() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function shown(argv) {
  return argv.map((word) => (/[{ ]/.test(word) ? `'${word}'` : word)).join(' ');
}
