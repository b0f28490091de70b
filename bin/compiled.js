// Loads a bundle with the code that V8 compiled for it the last time, where Node has no compile cache of its own (20).
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const nodeModule = require('node:module');
const { dirname } = require('node:path');
const vm = require('node:vm');

/**
 * As `require` does, which then finds it as well.
 * @param {string} file a CommonJS bundle in ASCII, which ends with a word that no other build of it has
 * @param {string} folder of the cache; what is wrong with it costs time and nothing else
 */
module.exports = function load(file, folder) {
  const source = readFileSync(file, 'latin1');
  // V8 itself compares no more than lengths, and npm gives every file the same time: the last word tells builds apart.
  const build = `${statSync(file).mtimeMs}-${source.slice(source.lastIndexOf(' ') + 1)}`;
  const name = `${build}-${process.version}-${process.arch}`;
  const cache = `${folder}/${name}-${flagsTag()}`;
  const cachedData = readOwn(cache);
  const script = new vm.Script(nodeModule.wrap(source), { filename: file, cachedData });
  const loaded = new nodeModule.Module(file, module);
  loaded.filename = file;
  require.cache[file] = loaded;
  script.runInThisContext()(loaded.exports, nodeModule.createRequire(file), loaded, file, dirname(file));
  loaded.loaded = true;
  if (!cachedData || script.cachedDataRejected) process.once('exit', () => keep(folder, name, cache, script));
  return loaded.exports;
};

/** Compiled code is run without another look at its source: it must be ours, and nobody else's to write. */
function readOwn(cache) {
  try {
    const { uid, mode } = statSync(cache);
    return uid === process.getuid() && (mode & 0o022) === 0 ? readFileSync(cache) : undefined;
  } catch {
    return undefined;
  }
}

/** Code that was compiled under other flags of Node's is refused. Asking V8 takes 2 ms, and mostly there are none. */
function flagsTag() {
  const given = process.execArgv.length > 0 || process.env.NODE_OPTIONS;
  return given ? require('node:v8').cachedDataVersionTag() : 0;
}

/** What an older build left goes. */
function keep(folder, name, cache, script) {
  const fresh = `${cache}.${process.pid}`;
  try {
    for (const path of [dirname(dirname(folder)), dirname(folder), folder]) makeFolder(path);
    const old = readdirSync(folder).filter((file) => !file.startsWith(name));
    for (const file of old) rmSync(`${folder}/${file}`, { force: true });
    // Flushed: V8 does not notice what a power cut has left out, and would run it at every start.
    writeFileSync(fresh, script.createCachedData(), { mode: 0o600, flag: 'wx', flush: true });
    renameSync(fresh, cache);
  } catch {
    // A home that cannot be written to, a full disk, or another program that was faster.
    if (existsSync(fresh)) rmSync(fresh, { force: true });
  }
}

/** Not `recursive`: where the parent is not to be made, as under /proc, that never ends. */
function makeFolder(path) {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
}
