// The examples of docs/http-api.md run as they stand, against a dashboard with a worker.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server, TOKEN } from '../web/server.js';
import { readDocument } from './documents.js';
import { Shell } from './shell.js';

const text = readDocument('docs/http-api.md');
const [prelude, ...examples] = [...text.matchAll(/```sh(?: example)?\n([\s\S]*?)```/g)].map(([, code]) => code!);
// `curl --json` came with 7.82.
const curl = spawnSync('curl', ['--json', '{}', '--version'], { encoding: 'utf8' }).status === 0;

let shell: Shell;
let server: Server;

beforeAll(async () => {
  shell = new Shell();
  await shell.must('worker', 'start');
  server = await Server.start(shell, '--write', '--allow-enqueue');
});
afterAll(async () => {
  await server.stop();
  await shell.remove();
});

test.skipIf(!curl)('every example of docs/http-api.md is answered', async () => {
  expect(examples.length).toBeGreaterThan(3);
  const env = `export QUEUECTL_DASHBOARD_TOKEN=${TOKEN} no_proxy='*' NO_PROXY='*'`;
  const own = prelude!.replace('http://127.0.0.1:7788', server.url);
  const script = `set -e\n${env}\n${own}\n${examples.join('\n')}`;
  const { code, stdout, stderr } = await shell.execute(['sh', '-c', script]);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('"output":"hello\\n"');
  expect(stdout).toContain('"undone":1');
  const lines = examples.join('').match(/^api /gm)!;
  expect(stdout.match(/\}(?=\{|$)/g)).toHaveLength(lines.length);
});
