// The README's sessions run as they are pasted, and its tables name what there is.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REQUEST_KEYS } from '../../src/job/request.js';
import { readDocument, root, tableRows } from './documents.js';
import { Shell } from './shell.js';

const readme = readDocument('README.md');

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** What stands between the fences of each block of a language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
}

function block(language: string, begins: string): string {
  const found = blocks(language).find((text) => text.startsWith(begins));
  if (!found) throw new Error(`README.md has no ${language} block that begins with ${begins}`);
  return found;
}

/** Lines without what differs from run to run: pids, durations, memory, and the width of columns. */
function shapes(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  const certain = lines.filter((line) => !line.includes('; waiting for')); // told only to who is quick enough
  return certain
    .map((line) =>
      line
        .replace(/pid \d+/, 'pid N')
        .replace(/ +\d+ [kM]B$/, '')
        .replace(/\d+(\.\d+)? (s|m)\b/g, 'TIME')
        .replace(/TIME ago|\bnow\b/, 'WHEN')
        .replace(/ +/g, ' '),
    )
    .sort();
}

test('the first session prints what the README says, and each of its commands succeeds', async () => {
  const session = block('sh', 'cd "$(mktemp -d)"');
  const { code, stdout, stderr } = await shell.execute(['sh', '-e'], `exec 2>&1\n${session}`);
  expect(shapes(stdout)).toEqual(shapes(blocks('text')[0]!));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('old habits work', async () => {
  const { code, stdout, stderr } = await shell.execute(['sh', '-e'], block('sh', 'queuectl initdb'));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining([shell.db, 'job1', '  "id": "job2",', 'later', 'slow', '2']),
  );
});

test('a program can use the queue as the README shows', async () => {
  const program = block('js', 'import');
  const { code, stdout, stderr } = await shell.execute([process.execPath, '--input-type=module'], program, root);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1 pending\n', stderr: '' });
});

test('every command is in the table, and no other', () => {
  const listed = tableRows(readme.slice(readme.indexOf('## Commands')), 'command', 'what it does');
  const { commands } = JSON.parse(readDocument('oclif.manifest.json'));
  const there = Object.keys(commands).map((id) => id.replaceAll(':', ' '));
  expect(listed.map(([command]) => command).sort()).toEqual(there.sort());
});

test('every key of a job is in the table, and no other', () => {
  expect(tableRows(readme, 'key', 'meaning').map(([key]) => key)).toEqual(REQUEST_KEYS);
});
