// `import()` for the bundles: code that V8 had compiled before (bin/compiled.js) has none of its own.
module.exports = (specifier) => import(specifier);
