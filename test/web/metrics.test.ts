// What Prometheus is told: well formed, true, and never going down; Grafana's dashboard asks for nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Totals } from '../../src/queue/totals.js';
import { PruneStore } from '../../src/storage/prune.js';
import { root } from '../docs/documents.js';
import { ended, ON_SERVER, Sandbox } from '../sandbox.js';
import { Server } from './server.js';

let sandbox: Sandbox;
let server: Server;

beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.must('worker', 'start');
  await sandbox.enqueue(
    { id: 'good', queue: 'a-b', command: 'true' },
    { id: 'bad', command: 'exit 3', max_retries: 0 },
  );
  for (const id of ['good', 'bad']) await sandbox.ended(id);
  server = await Server.start(sandbox);
});
afterAll(async () => {
  await server.stop();
  await sandbox.remove();
});

interface Read {
  types: Map<string, string>;
  samples: Map<string, number>;
}

/** Reads the exposition format strictly. */
function parse(text: string): Read {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE ([a-z_]+) (gauge|counter|histogram)$/.exec(line);
    if (type) types.set(type[1]!, type[2]!);
    if (type || /^# HELP [a-z_]+ [A-Z].*\.$/.test(line)) continue;
    const sample = /^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? (-?[\d.e+-]+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const [, name, labels = '', value] = sample!;
    expect(types.has(name!) || types.get(name!.replace(/_(bucket|sum|count)$/, '')) === 'histogram', line).toBe(true);
    expect(samples.has(name! + labels), `twice: ${line}`).toBe(false);
    samples.set(name! + labels, Number(value));
  }
  return { types, samples };
}

test('/metrics is in the exposition format and tells what there is', async () => {
  const { status, text, headers } = await server.get('/metrics');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const { types, samples } = parse(text);
  expect(samples.get('queuectl_jobs{queue="a-b",type="shell",state="completed"}')).toBe(1);
  expect(samples.get('queuectl_jobs{queue="default",type="shell",state="dead"}')).toBe(1);
  expect(samples.get('queuectl_attempts_total{queue="a-b",type="shell",outcome="succeeded"}')).toBe(1);
  expect(samples.get('queuectl_attempts_total{queue="default",type="shell",outcome="failed"}')).toBe(1);
  expect(samples.get('queuectl_attempt_wait_seconds_count{queue="default",type="shell"}')).toBe(1);
  expect([...samples].filter(([name]) => name.startsWith('queuectl_worker_up'))[0]![1]).toBe(1);
  for (const [name, type] of types) expect(name.endsWith('_total'), name).toBe(type === 'counter');
  const buckets = [...samples].filter(([name]) => /^queuectl_attempt_duration_seconds_bucket.*a-b/.test(name));
  const values = buckets.map(([, value]) => value);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(buckets.at(-1)).toEqual([
    'queuectl_attempt_duration_seconds_bucket{queue="a-b",type="shell",le="+Inf"}',
    samples.get('queuectl_attempt_duration_seconds_count{queue="a-b",type="shell"}'),
  ]);
});

test('/metrics wants the token, /healthz does not', async () => {
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  const healthy = await fetch(`${server.url}/healthz`);
  expect([healthy.status, await healthy.text()]).toEqual([200, 'ok\n']);
});

test('metrics --prometheus tells the same families', async () => {
  const [typed, served] = [
    parse(await sandbox.must('metrics', '--prometheus')),
    parse((await server.get('/metrics')).text),
  ];
  expect(typed.types).toEqual(served.types);
  const steady = ({ samples }: Read) => [...samples].filter(([name]) => /^queuectl_(jobs|attempt)/.test(name)).sort();
  expect(steady(typed)).toEqual(steady(served));
});

test('metrics --watch --json tells a document a line', async () => {
  const child = sandbox.start(['metrics', '--watch', '--json']);
  let text = '';
  child.stdout!.on('data', (chunk) => {
    text += chunk;
    if (text.split('\n').length > 2) child.kill();
  });
  await ended(child);
  const [first, second] = text.split('\n').map((line) => line && JSON.parse(line));
  expect([first, second]).toMatchObject([{ counts: { completed: 1 } }, { counts: { completed: 1 } }]);
});

test('what is asked for by the Grafana dashboard and the alerts is there', async () => {
  const { types } = parse((await server.get('/metrics')).text);
  for (const file of ['contrib/grafana/queuectl.json', 'contrib/prometheus/alerts.yml']) {
    const names = [...readFileSync(join(root, file), 'utf8').matchAll(/\bqueuectl_[a-z_]+/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !types.has(name) && !types.has(name.replace(/_bucket$/, '')))).toEqual([]);
  }
  const { panels } = JSON.parse(readFileSync(join(root, 'contrib/grafana/queuectl.json'), 'utf8'));
  expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length);
});

test('totals stay when minutes are older than a month, for whoever reads them and for the next one', async () => {
  const queue = await sandbox.queue();
  const asks = new Totals(queue);
  const sorted = async (totals: Totals) => (await totals.read()).map((row) => JSON.stringify(row)).sort();
  const before = await sorted(asks);
  expect(before.length).toBeGreaterThan(3);
  await queue.database.kysely.updateTable('rollup').set({ minute: 7 }).execute();
  await new PruneStore(queue.database).records();
  const rows = await queue.database.kysely.selectFrom('rollup').select('minute').execute();
  expect(new Set(rows.map(({ minute }) => minute))).toEqual(new Set([0]));
  expect(await sorted(new Totals(queue))).toEqual(before);
});

test.skipIf(ON_SERVER)('/healthz says it when the database has gone', async () => {
  const other = new Sandbox();
  await other.must('db', 'init');
  const served = await Server.start(other);
  const { rmSync } = await import('node:fs');
  rmSync(other.db);
  const { status, text } = await served.get('/healthz');
  expect([status, text]).toEqual([503, 'the database does not answer\n']);
  await served.stop();
  await other.remove();
});
