// docs/plugins.md and the README's section on job types run as they are pasted, with no registry to be reached.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDocument } from './documents.js';
import { Shell } from './shell.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** The blocks between fences; what would publish is left out. */
function session(document: string): string {
  const blocks = [...readDocument(document).matchAll(/^```sh\n(.*?)^```/gms)].map(([, text]) => text!);
  const ours = blocks.filter((text) => /plugins (create|install)/.test(text)).join('');
  return `export npm_config_registry=http://127.0.0.1:9/ npm_config_fetch_retries=0\n${ours.replace('npm publish', '')}`;
}

test('from plugins create to an installed tarball', async () => {
  const { code, stdout, stderr } = await shell.execute(['sh', '-e'], session('docs/plugins.md'));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain('Hello, Ada!\nHello, Ada!\nHello, Ada!\n');
  expect(stdout).toContain('{"greeted":"Ada","times":3}');
  const { stdout: types } = await shell.execute(['sh', '-e'], 'queuectl types');
  expect(types).toMatch(/^mail +queuectl-plugin-mail +0\.1\.0 +installed +greets somebody$/m);
});

test('the section of the README', async () => {
  const { code, stderr } = await shell.execute(['sh', '-e'], session('README.md'));
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
