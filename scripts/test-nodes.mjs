// `npm run test:nodes`: installs the packed tarball with each supported Node, an empty home and npm, and uses it once; then
// again as process 1 of a PID namespace, as in a container.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26'];
const npmCli =
  process.env.npm_execpath ?? `${execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim()}/npm/bin/npm-cli.js`;
const folder = mkdtempSync(join(tmpdir(), 'queuectl-nodes-'));

/** The job leaves a process behind that outlives its parents, and shows some time later which zombies there are. */
const ORPHANS = `(sh -c 'sleep 0.1' &); sleep 1; grep -l '^State:.*Z' /proc/[0-9]*/status; true`;
const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];

const tarball = pack();
let failed = 0;
for (const major of majors) {
  try {
    tryOn(major);
  } catch (error) {
    failed += 1;
    console.log(`node ${major}: FAILED: ${error.message}`);
  }
}
rmSync(folder, { recursive: true, force: true, maxRetries: 10 }); // the last container may still be ending
console.log(`${majors.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function pack() {
  const packed = execFileSync(process.execPath, [npmCli, 'pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return join(folder, JSON.parse(packed)[0].filename);
}

function tryOn(major) {
  const place = join(folder, `node-${major}`);
  const node = fetchNode(major, place);
  const env = stranger(node, place);
  run(env, node.program, [npmCli, 'install', '--global', '--no-audit', '--no-fund', tarball]);
  const driver = join(place, 'global/lib/node_modules/queuectl/node_modules/better-sqlite3/package.json');
  const { version } = JSON.parse(readFileSync(driver, 'utf8'));
  const program = join(place, 'global/bin/queuectl');
  const queuectl = (...argv) => run(env, program, argv);
  const answer = session(queuectl);
  const canLeave = run(env, node.program, ['-p', '"execve" in process']).trim() === 'true';
  const reaping = asProcessOne(env, program, queuectl, canLeave);
  console.log(`node ${major}: ${answer} (better-sqlite3 ${version}); ${reaping}`);
}

/** The npm package node-PLATFORM-ARCH carries the program, and the headers to compile against. */
function fetchNode(major, place) {
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(place);
  const args = [
    'install',
    '--prefix',
    place,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    `${name}@${major}`,
  ];
  execFileSync(process.execPath, [npmCli, ...args], { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  const home = join(place, 'node_modules', name);
  return { home, program: join(home, 'bin/node') };
}

/** A user who has just been added to this machine, whose `node` is the one to try. */
function stranger(node, place) {
  const home = join(place, 'home');
  mkdirSync(home);
  return {
    PATH: [join(node.home, 'bin'), process.env.PATH].join(delimiter),
    HOME: home,
    npm_config_prefix: join(place, 'global'),
    npm_config_nodedir: node.home,
    npm_config_cache: join(folder, 'npm-cache'),
    ...kept('NODE_EXTRA_CA_CERTS', 'npm_config_cafile', 'npm_config_registry', 'HTTPS_PROXY', 'NO_PROXY'),
  };
}

/** How this machine reaches the registry is no business of the user who is played here. */
function kept(...names) {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** @returns one line on what was seen */
function session(queuectl) {
  const version = queuectl('--version').trim();
  const id = queuectl('enqueue', '--', 'echo', 'done on', version).trim();
  queuectl('worker', 'start', '--count', '1');
  try {
    waitUntilCompleted(queuectl, 1);
    const output = queuectl('logs', id).trim();
    if (output !== `done on ${version}`) throw new Error(`logs of job ${id} are ${JSON.stringify(output)}`);
  } finally {
    queuectl('worker', 'stop');
  }
  const { workers } = JSON.parse(queuectl('status', '--json'));
  if (workers.length > 0) throw new Error(`${workers.length} worker left after worker stop`);
  return version;
}

/** @returns what was seen of F10: from Node 22.15 on a worker gives the place of process 1 to a shell that reaps */
function asProcessOne(env, program, queuectl, canLeave) {
  if (spawnSync('unshare', [...NAMESPACE, 'true']).status !== 0) return 'as process 1 not tried: it needs unshare';
  const args = [...NAMESPACE, program, 'worker', 'start', '--foreground'];
  const container = spawn('unshare', args, { env, cwd: env.HOME, stdio: 'ignore' });
  try {
    const id = queuectl('enqueue', '--', 'sh', '-c', ORPHANS).trim();
    waitUntilCompleted(queuectl, 2);
    const reaps = queuectl('logs', id).trim() === '';
    if (reaps !== canLeave) throw new Error(`as process 1 it ${reaps ? 'reaps' : 'does not reap'}`);
    return reaps ? 'reaps as process 1' : 'cannot reap as process 1';
  } finally {
    container.kill('SIGKILL');
  }
}

function waitUntilCompleted(queuectl, jobs) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const { counts } = JSON.parse(queuectl('status', '--json'));
    if (counts.completed === jobs) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  throw new Error('the job was not completed within 30 s');
}

function run(env, program, args) {
  const { status, signal, stdout, stderr } = spawnSync(program, args, {
    env,
    cwd: env.HOME,
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? status}\n${stdout}${stderr}`);
}
