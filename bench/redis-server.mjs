// Redis servers of the benchmark's own, where a `redis-server` is installed: one that keeps nothing, one that syncs each write.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { freePort } from './free-port.mjs';

/** @param work is given URLs: plain, durable; none where there is no Redis */
export async function onRedis(place, work) {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error) {
    console.log('redis-server is not installed: BullMQ is skipped');
    return work({});
  }
  const plain = await start(place.path('redis-plain'), ['--appendonly', 'no']);
  const durable = await start(place.path('redis-durable'), ['--appendonly', 'yes', '--appendfsync', 'always']);
  try {
    await work({ plain: plain.url, durable: durable.url });
  } finally {
    await plain.stop();
    await durable.stop();
  }
}

async function start(folder, options) {
  mkdirSync(folder);
  const port = await freePort();
  const where = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
  const server = spawn('redis-server', [...where, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => server.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    server.stdout.on('data', (said) => String(said).includes('Ready to accept connections') && resolve());
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  return {
    url: `redis://127.0.0.1:${port}`,
    stop() {
      server.kill('SIGKILL'); // what it holds is of no use to anybody
      return ended;
    },
  };
}
