// From the words in a payload to a function.
import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @param {string} module
 * @param {string} name of the export
 * @param {string | null} cwd the job's
 * @returns {Promise<Function>}
 */
export async function findFunction(module, name, cwd) {
  const file = await fileOf(module, cwd);
  const found = await import(pathToFileURL(file).href);
  // Not every name of a CommonJS module can be told before it runs.
  const work = found[name] ?? found.default?.[name];
  if (typeof work === 'function') return work;
  if (work !== undefined) throw final('NotAFunction', `the export "${name}" of ${file} is no function`);
  const names = Object.keys(found).join(', ') || 'nothing';
  throw final('ExportNotFound', `${file} has no export "${name}"; it exports ${names}`);
}

/** @param {string} module @param {string | null} cwd */
async function fileOf(module, cwd) {
  if (!isAbsolute(module) && cwd === null) {
    throw final('ModuleNotFound', `${module} is relative, and the job has no folder: give the whole path`);
  }
  const file = resolve(cwd ?? '/', module);
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw final('ModuleNotFound', `there is no file ${file}`);
  return file;
}

/**
 * The name becomes the job's cause, and no other attempt would find more.
 * @param {string} name
 * @param {string} sentence
 * @returns {import('queuectl').JobError}
 */
function final(name, sentence) {
  return Object.assign(new Error(sentence), { name, retry: false, stack: `${name}: ${sentence}` });
}
