// The manual page is one that man reads without a complaint.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const page = join(import.meta.dirname, '../../man/queuectl.1');
const hasGroff = spawnSync('groff', ['--version']).status === 0;

test('it names every command, and no line begins with a request that is not known', () => {
  const lines = readFileSync(page, 'utf8').split('\n');
  const { commands } = JSON.parse(readFileSync(join(page, '../../oclif.manifest.json'), 'utf8'));
  const sections = lines.filter((line) => line.startsWith('.SS ')).map((line) => line.slice('.SS queuectl '.length));
  expect(sections).toEqual(Object.keys(commands).map((id) => id.replaceAll(':', ' ')));
  expect(
    lines.filter((line) => /^[.']/.test(line) && !/^\.(\\"|TH|SH|SS|TP|PP|nf|fi|RS|RE|B|I)( |$)/.test(line)),
  ).toEqual([]);
});

test.runIf(hasGroff)('groff has no complaint', () => {
  const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', page], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.replace(/.\x08/g, '')).toContain('EXIT STATUS');
});
