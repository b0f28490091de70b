// Loads a bundle of dist by its name, with the code that was compiled for it before.
const { readFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { homedir } = require('node:os');
const { dirname } = require('node:path');

// Never in the shared temporary folder, which is Node's default: whoever owns the cache can run code as us.
const cache = `${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/queuectl`;
nodeModule.enableCompileCache?.(`${cache}/compiled`);

module.exports = function load(name) {
  const root = dirname(__dirname);
  const file = `${root}/dist/${name}.cjs`;
  if (nodeModule.enableCompileCache || process.platform === 'win32') return require(file);
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  return require('./compiled.js')(file, `${cache}/${name}-${version}`);
};
