// `npm run power-loss -- --cuts N --seed S`: no loss with durability full, and losses with normal, as a proof.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { replay } from './replay.js';

const { values } = parseArgs({ options: { cuts: { type: 'string' }, seed: { type: 'string' } } });
const cuts = Number(values.cuts ?? 2000);
const seed = Number(values.seed ?? 1);
const say = (line: string) => console.log(line);

if (spawnSync('strace', ['-V']).status !== 0) say('skipped: strace is not installed');
else {
  const full = await replay({ cuts, seed, durability: 'full', say });
  const normal = await replay({ cuts: Math.ceil(cuts / 10), seed, durability: 'normal', say });
  for (const [durability, { cuts: done, acknowledgements, losses, broken }] of Object.entries({ full, normal })) {
    say(
      `${durability}: ${done} cuts, ${acknowledgements} acknowledgements, losses ${losses.length}, broken ${broken.length}`,
    );
  }
  const wrong = [...full.losses, ...full.broken, ...normal.broken];
  if (normal.losses.length === 0) wrong.push('durability normal lost nothing: the replay proves nothing');
  if (wrong.length > 0) {
    console.error(`${wrong.join('\n')}\nrepeat: npm run power-loss -- --cuts ${cuts} --seed ${seed}`);
    process.exitCode = 1;
  }
}
