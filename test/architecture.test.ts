// The rules of the house: who may import whom, and how large things get.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

interface Source {
  /** Path below src/, such as `job/id.ts`. */
  path: string;
  /** The folder it stands in, or its own name at the top: `job`, `errors.ts`. */
  room: string;
  text: string;
  lines: number;
  /** Ours as paths below src/, others as they are written. */
  imports: string[];
}

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('web/page/'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const [first, ...below] = path.split('/');
    return {
      path,
      room: below.length > 0 ? `${first}/` : path,
      text,
      lines: text.trimEnd().split('\n').length,
      imports: importsOf(path, text),
    };
  });

function importsOf(path: string, text: string): string[] {
  const named = text.matchAll(
    /^(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm,
  );
  return [...named]
    .map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic)!)
    .map((name) => (name.startsWith('.') ? posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts') : name));
}

const roomOf = (path: string) => (path.includes('/') ? `${path.split('/')[0]}/` : path);
const isOurs = (name: string) => name.endsWith('.ts');

/** What each room may import besides itself; the rooms that are not named here stand at the top and may use all below. */
const BELOW: Record<string, string[]> = {
  'errors.ts': [],
  'program.ts': ['errors.ts'],
  'fail-point.ts': [],
  'process/': ['fail-point.ts'],
  'job/': ['errors.ts'],
  'settings.ts': ['errors.ts', 'job/'],
  'job-types/': ['errors.ts', 'job/'],
  'plugins/': ['errors.ts', 'job/', 'job-types/', 'program.ts'],
  'storage/': ['errors.ts', 'fail-point.ts', 'job/'],
  'queue/': ['errors.ts', 'fail-point.ts', 'job/', 'settings.ts', 'program.ts', 'process/', 'job-types/', 'storage/'],
  'open-queue.ts': ['errors.ts', 'settings.ts', 'queue/', 'storage/'],
  'terminal/': ['errors.ts', 'job/', 'job-types/', 'queue/', 'settings.ts'],
  'worker/': [
    'errors.ts',
    'fail-point.ts',
    'job/',
    'settings.ts',
    'program.ts',
    'process/',
    'job-types/',
    'plugins/',
    'storage/',
    'queue/',
    'open-queue.ts',
  ],
  'web/': ['errors.ts', 'program.ts', 'job/', 'settings.ts', 'terminal/', 'queue/', 'open-queue.ts'],
};

/** Imports from above, or from beside. */
test.each(Object.keys(BELOW))('%s imports only what lies below it', (room) => {
  const strays = sources
    .filter((source) => source.room === room)
    .flatMap(({ path, imports }) => imports.filter(isOurs).map((name) => ({ path, name, from: roomOf(name) })))
    .filter(({ from }) => from !== room && !BELOW[room]!.includes(from));
  expect(strays).toEqual([]);
});

test('nothing below the commands imports a command', () => {
  const importers = sources.filter(({ imports }) => imports.some((name) => name.startsWith('commands/')));
  expect(importers.map(({ path }) => path).filter((path) => !path.startsWith('commands/'))).toEqual([]);
});

function importersOf(library: RegExp): string[] {
  return sources.filter(({ imports }) => imports.some((name) => library.test(name))).map(({ path }) => path);
}

test('Kysely and SQLite are imported by storage only', () => {
  expect(importersOf(/^(kysely|better-sqlite3|pg)(\/|$)/).filter((path) => !path.startsWith('storage/'))).toEqual([]);
});

test('no statement is written outside storage', () => {
  const sql = /\b(select\s.+\sfrom|insert into|delete from|update \w+ set|create (table|index))\s/i;
  const written = sources.filter(
    ({ path, text }) => !path.startsWith('storage/') && sql.test(text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')),
  );
  expect(written.map(({ path }) => path)).toEqual([]);
});

test('oclif and listr2 are imported only by commands, hooks, and the files at the top', () => {
  const importers = importersOf(/^(@oclif\/core|listr2)(\/|$)/);
  expect(importers.filter((path) => path.includes('/') && !/^(commands|hooks|plugins)\//.test(path))).toEqual([]);
});

test('the worker loads no command line, and the enqueue path no worker', () => {
  expect(reachableFrom('worker/main.ts').filter((path) => /^(commands|hooks)\/|^base-command/.test(path))).toEqual([]);
  expect(reachableFrom('queue/queue.ts').filter((path) => /^(worker|commands|web|terminal)\//.test(path))).toEqual([]);
});

function reachableFrom(start: string): string[] {
  const seen = new Set<string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    open.push(...(sources.find((source) => source.path === path)?.imports.filter(isOurs) ?? []));
  }
  return [...seen];
}

test('no drawer: no file is called utils, helpers, common, misc or types', () => {
  const drawer = /^(utils?|helpers?|common|misc|types?|lib|shared)(\.d)?\.ts$/;
  expect(sources.filter(({ path }) => drawer.test(basename(path))).map(({ path }) => path)).toEqual([]);
});

test('no source file passes 300 lines', () => {
  expect(sources.filter(({ lines }) => lines > 300).map(({ path }) => path)).toEqual([]);
});

test('a command is a translation: flags in, one call, result out, in less than 60 lines', () => {
  const long = sources.filter(({ room, lines }) => room === 'commands/' && lines >= 60);
  expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});

test('each source file opens with a sentence on its duty', () => {
  const silent = sources.filter(({ text }) => !/^(#!.*\n)?\/\/ \S.{9,}/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('the sources were found', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.find(({ path }) => path === 'job/id.ts')?.imports).toEqual(['errors.ts']);
});
