// Makes a clone ready to run: dependencies as the lockfile says, and a dist that is not older than its sources.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export function ensureReady() {
  refuseOldNode();
  if (dependenciesAreStale()) install();
  if (!driverLoads()) rebuildDriver();
  if (distIsStale()) run(process.execPath, [join(root, 'scripts/build.mjs')], 'the build failed');
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 14) || major > 22;
  if (!fits) stop(`Node ${process.versions.node} is too old: queuectl needs 20.19 or newer (of 22, 22.14 or newer)`);
}

/** npm notes in node_modules/.package-lock.json what it installed. */
function dependenciesAreStale() {
  const installedLock = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedLock)) return true;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).some(([path, { version, optional }]) => {
    if (path === '' || (optional && !installed[path])) return false;
    return installed[path]?.version !== version;
  });
}

function install() {
  console.error('installing dependencies (npm ci)');
  npm(['ci', '--no-audit', '--no-fund'], 'npm ci failed');
}

/** A driver that was compiled for another Node does not load. Tried in a process of its own: it may even crash. */
function driverLoads() {
  const probe = "const Driver = require('better-sqlite3'); new Driver(':memory:').close();";
  return spawnSync(process.execPath, ['-e', probe], { cwd: root, stdio: 'ignore' }).status === 0;
}

function rebuildDriver() {
  console.error('building better-sqlite3 for this Node');
  npm(['rebuild', 'better-sqlite3'], 'better-sqlite3 could not be built');
  if (!driverLoads()) stop(`better-sqlite3 does not load in Node ${process.versions.node}`);
}

function npm(args, failure) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  run(command, [...first, ...args], `${failure}${noCompiler()}`, { ...process.env, ...headers() });
}

/** Where no prebuilt driver can be had it is compiled, and then Node's headers should come from this machine. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  if (process.env.npm_config_nodedir || !existsSync(join(prefix, 'include/node/node.h'))) return {};
  return { npm_config_nodedir: prefix };
}

/** @returns how to go on when npm failed, as far as a missing tool explains it */
function noCompiler() {
  const missing = [['c++', 'g++', 'clang++'], ['make'], ['python3', 'python']].filter((names) => !names.some(isThere));
  if (process.platform === 'win32' || missing.length === 0) return '';
  const wanted = missing.map((names) => names[0]).join(', ');
  return `: where better-sqlite3 is not had prebuilt it is compiled, and there is no ${wanted} (Debian: apt install g++ make python3)`;
}

function isThere(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder && existsSync(join(folder, program)));
}

function distIsStale() {
  const stamp = join(root, 'dist/.built');
  if (!existsSync(stamp) || !existsSync(join(root, 'oclif.manifest.json'))) return true;
  const built = statSync(stamp).mtimeMs;
  return newest(['src', 'package.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/manifest.mjs']) > built;
}

/** Folders count too: they change when a file in them is deleted. */
function newest(paths) {
  const times = paths.map((path) => statSync(join(root, path)).mtimeMs);
  const inside = readdirSync(join(root, 'src'), { recursive: true }).map(
    (file) => statSync(join(root, 'src', file)).mtimeMs,
  );
  return Math.max(...times, ...inside);
}

function run(command, args, failure, env = process.env) {
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) stop(failure);
}

function stop(sentence) {
  console.error(`queuectl: ${sentence}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureReady();
