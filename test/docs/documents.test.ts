// The documents say what the program does: their tables are compared with the source, their paths and links with the disk.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { backoffMs } from '../../src/job/backoff.js';
import { causeSentence, fateExitCode } from '../../src/job/cause.js';
import { JOB_STATES } from '../../src/job/job.js';
import { SETTING_NAMES, SETTINGS, settingEnvName } from '../../src/settings.js';
import { documents, readDocument, root, tableRows } from './documents.js';

describe.each(documents())('%s', (path) => {
  const text = readDocument(path);

  test('names only files that are there', () => {
    const named = [...text.matchAll(/`((?:src|bin|scripts|test|docs|examples)\/[\w./-]*)`/g)].map(([, name]) => name!);
    const meant = named.filter((name) => !/NAME|NNN/.test(name)); // those stand for a name of the reader's own
    expect(meant.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });

  test('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link!);
    const ours = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(ours.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });
});

test('docs/configuration.md lists the settings as they are', () => {
  const rows = tableRows(readDocument('docs/configuration.md'), 'name', 'default');
  const actual = SETTING_NAMES.map((name) => [
    name,
    String(SETTINGS[name].default),
    accepted(name),
    settingEnvName(name) ?? 'none',
  ]);
  expect(rows.map((row) => row.slice(0, 4))).toEqual(actual);
  expect(rows.filter((row) => row[4] === '')).toEqual([]);
});

/** Each setting says what it takes when it refuses something. */
function accepted(name: (typeof SETTING_NAMES)[number]): string {
  try {
    SETTINGS[name].read('?');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${name} takes anything`);
}

test('docs/exit-codes.md lists the exit codes as they are', () => {
  const rows = tableRows(readDocument('docs/exit-codes.md'), 'code', 'meaning');
  expect(rows.map(([code]) => Number(code))).toEqual(Object.values(ExitCode));
});

describe('docs/states.md', () => {
  const text = readDocument('docs/states.md');

  test('lists the states', () => {
    expect(tableRows(text, 'state').map(([state]) => state)).toEqual([...JOB_STATES]);
  });

  test('shows the waits before a retry as they are computed', () => {
    const backoff = (base: number) => ({ base, maxMs: SETTINGS.backoff_max_sec.default * 1000, jitter: 0 });
    const bases = [SETTINGS.backoff_base.default, 3, 1];
    for (const [failures, ...waits] of tableRows(text, 'failures so far')) {
      expect(waits.map(Number)).toEqual(bases.map((base) => backoffMs(Number(failures), backoff(base), 0.5) / 1000));
    }
  });

  test('shows each cause with its sentence and its exit code', () => {
    for (const [cause, sentence, code] of tableRows(text, 'cause')) {
      expect([causeSentence(cause!), fateExitCode('dead', cause!)]).toEqual([sentence, Number(code)]);
    }
  });
});

test('docs/decisions/README.md lists every decision', () => {
  const files = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d/.test(name));
  const listed = [...readDocument('docs/decisions/README.md').matchAll(/\((\d[^)]+)\)/g)].map(([, name]) => name);
  expect(listed).toEqual(files.sort());
});

test('docs/library.md lists what the package exports', async () => {
  const listed = tableRows(readDocument('docs/library.md'), 'export').map(([name]) => name);
  expect(listed.sort()).toEqual(Object.keys(await import('../../src/index.js')).sort());
});
