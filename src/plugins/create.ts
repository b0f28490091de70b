// Writes a new plugin from templates/plugin, with a link to this program, so that it is tested and run without a registry.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { BadInput, CannotCreate, Conflict } from '../errors.js';
import { isKnownType } from '../job-types/registry.js';
import { program } from '../program.js';

interface NewPlugin {
  /** Name of the package. */
  name: string;
  /** Name of its job type. */
  type: string;
  /** Absolute path. */
  folder: string;
  /** Relative to it. */
  files: string[];
}

const PREFIX = 'queuectl-plugin-';
const LONGEST_TYPE = 64;
/** npm's rules for new packages, without the odd characters; oclif takes no others. */
const WORD = '[a-z0-9][a-z0-9._-]*';
const PACKAGE = new RegExp(`^(@${WORD}/)?${WORD}$`);
/** npm leaves out a `.gitignore`, and takes a package.json for a package. */
const SUFFIX = /\.template$/;

/** @param folder else one of the package's name in this folder. @throws BadInput, Conflict, CannotCreate */
export function createPlugin(given: string, folder?: string): NewPlugin {
  const name = packageName(given);
  const type = basename(name).replace(PREFIX, '');
  checkType(type);
  const target = resolve(folder ?? basename(name));
  const { root, version } = program();
  const words: Record<string, string> = { package: name, type, version };
  try {
    mkdirSync(target, { recursive: true });
    if (readdirSync(target).length > 0) throw occupied(target);
    const files = copyFilled(join(root, 'templates', 'plugin'), target, words);
    mkdirSync(join(target, 'node_modules'));
    symlinkSync(root, join(target, 'node_modules', 'queuectl'), 'junction');
    return { name, type, folder: target, files };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') throw occupied(target);
    if (error instanceof Conflict) throw error;
    throw new CannotCreate(`cannot write a plugin to ${target}: ${message}`, ['--dir FOLDER chooses another'], error);
  }
}

function packageName(given: string): string {
  const name = given.startsWith('@') || given.startsWith(PREFIX) ? given : PREFIX + given;
  if (PACKAGE.test(name) && name.length <= 214) return name;
  throw new BadInput(`npm takes no package of the name ${JSON.stringify(name.slice(0, 80))}`, [
    'use small letters, digits and . _ -, beginning with a letter or digit: queuectl plugins create mail',
    'with a scope: queuectl plugins create @acme/queuectl-plugin-mail',
  ]);
}

function checkType(type: string): void {
  if (type === '' || type.length > LONGEST_TYPE || !/^[a-z0-9]/.test(type))
    throw new BadInput(`not a usable name of a job type: ${JSON.stringify(type.slice(0, 80))}`, [
      `use 1 to ${LONGEST_TYPE} characters after ${PREFIX}`,
    ]);
  if (isKnownType(type)) throw new BadInput(`"${type}" is a job type of queuectl's own`, ['choose another name']);
}

function occupied(folder: string): Conflict {
  return new Conflict(`${folder} is there already, and is not an empty folder`, ['--dir FOLDER chooses another']);
}

/** @returns paths of the files below `to` */
function copyFilled(from: string, to: string, words: Record<string, string>): string[] {
  const entries = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => {
    const source = join(entry.parentPath, entry.name);
    const path = relative(from, source).replace(SUFFIX, '');
    const text = readFileSync(source, 'utf8').replace(/\{\{(\w+)\}\}/g, (all, word) => words[word] ?? all);
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), text, { flag: 'wx' });
    return path;
  });
}
