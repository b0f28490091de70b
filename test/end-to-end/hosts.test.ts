// Several hosts, one queue on PostgreSQL: who may take whose jobs, and how commands reach the other hosts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newPostgresQueue } from '../postgres.js';
import { PostgresProxy } from '../postgres-proxy.js';
import { isAlive, Sandbox, until } from '../sandbox.js';
import { CAN_HAVE_HOSTS, CAN_HAVE_NETWORKS, SecondHost } from '../second-host.js';

const LEASE_SEC = 5;

async function newSandbox(): Promise<Sandbox> {
  const { url, remove } = newPostgresQueue();
  const sandbox = new Sandbox(url);
  onTestFinished(async () => {
    await sandbox.remove();
    await remove();
  });
  await sandbox.must('db', 'init');
  await sandbox.must('config', 'set', 'lease_sec', String(LEASE_SEC));
  await sandbox.must('config', 'set', 'kill_grace_sec', '0.2');
  return sandbox;
}

/** This machine, and another one with so many workers. */
async function withBeta(workers = 1): Promise<{ sandbox: Sandbox; beta: SecondHost }> {
  const sandbox = await newSandbox();
  const beta = await SecondHost.start(sandbox, 'beta');
  if (workers > 0) await beta.must('worker', 'start', '--count', String(workers));
  return { sandbox, beta };
}

async function workersOf(sandbox: Sandbox, host: string) {
  return (await (await sandbox.queue()).workers.living()).filter(({ hostName }) => hostName === host);
}

/** Runs at its first attempt until the test ends it, and ends at once at the others. */
function endlessFirst(sandbox: Sandbox, otherwise = 'true'): string {
  const pid = join(sandbox.folder, 'pid');
  return sandbox.ledgered(`if test $QUEUECTL_ATTEMPT = 1; then echo $$ > '${pid}'; exec sleep 600; fi; ${otherwise}`);
}

const started = (sandbox: Sandbox, id: string) =>
  until(`${id} to start`, () => sandbox.entries().some((line) => line.startsWith(id)));

/** Of the job of endlessFirst. */
function pidOfJob(sandbox: Sandbox): Promise<number> {
  const file = join(sandbox.folder, 'pid');
  return until('its pid', () => (existsSync(file) && Number(readFileSync(file, 'utf8'))) || undefined);
}

describe.skipIf(!CAN_HAVE_HOSTS)('on two hosts (needs unshare and nsenter)', () => {
  test('F65 none takes the other for dead, and workers of one name are told by their host', async () => {
    const { sandbox, beta } = await withBeta();
    await sandbox.must('worker', 'start');
    const queue = await sandbox.queue();
    const before = await queue.workers.living();
    expect(before.map(({ name, hostName }) => [name, hostName]).sort()).toEqual(
      [
        ['worker-1', 'beta'],
        ['worker-1', hostname()],
      ].sort(),
    );
    expect(new Set(before.map(({ host }) => host.split('/')[0])).size).toBe(2);
    // Longer than the lease, so that each could have been taken for dead.
    const ids = Array.from({ length: 24 }, (_, index) => `job-${index}`);
    await sandbox.enqueue(...ids.map((id) => ({ id, command: sandbox.ledgered('sleep 0.6') })));
    for (const id of ids) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
    expect((await queue.workers.living()).map(({ number }) => number)).toEqual(before.map(({ number }) => number));
    expect(sandbox.entries().sort()).toEqual(ids.flatMap((id) => [`${id} 1 end`, `${id} 1 start`]).sort());
    expect(await sandbox.must('worker', 'list')).toMatch(/host/);
    expect(await beta.must('status')).toMatch(/^worker-1 on beta +idle/m);
    const { workers } = JSON.parse(await beta.must('worker', 'list', '--json'));
    expect(workers.map((worker: { host: string }) => worker.host).sort()).toEqual(['beta', hostname()].sort());
  });

  test('a host that is gone gives its job to another one when the lease is over, and not before', async () => {
    const { sandbox, beta } = await withBeta();
    await sandbox.enqueue({ id: 'moves', command: endlessFirst(sandbox) });
    await started(sandbox, 'moves');
    await sandbox.must('worker', 'start');
    const [lost] = await workersOf(sandbox, 'beta');
    await beta.end();
    expect(await sandbox.ended('moves')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1, failures: 0 });
    const { attempts } = await (await sandbox.queue()).details('moves');
    expect(attempts).toMatchObject([{ outcome: 'lost', cause: 'worker_lost' }, { outcome: 'succeeded' }]);
    expect(attempts[1]!.startedAt).toBeGreaterThan(lost!.leaseUntil);
    expect((await sandbox.run('logs', 'moves', '--attempt', '1')).stderr).toContain(
      'lost with its worker on host beta',
    );
  });

  test('F25 a worker that was frozen meanwhile records nothing, ends its job, and has a successor', async () => {
    const { sandbox, beta } = await withBeta(0);
    await sandbox.must('worker', 'start'); // here: from here the processes of both hosts would be seen
    await sandbox.enqueue({ id: 'moves', command: endlessFirst(sandbox) });
    await started(sandbox, 'moves');
    const job = await pidOfJob(sandbox);
    const [frozen] = await workersOf(sandbox, hostname());
    process.kill(frozen!.pid, 'SIGSTOP');
    await beta.must('worker', 'start');
    expect(await sandbox.ended('moves')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1 });
    const before = await (await sandbox.queue()).details('moves');
    expect(isAlive(job)).toBe(true);
    process.kill(frozen!.pid, 'SIGCONT');
    await until('the worker to go', () => !isAlive(frozen!.pid));
    expect(isAlive(job)).toBe(false);
    const { attempts, job: after } = await (await sandbox.queue()).details('moves');
    expect({ attempts, job: after }).toEqual({ attempts: before.attempts, job: before.job });
    const successors = await workersOf(sandbox, hostname());
    expect(successors).toMatchObject([{ name: 'worker-1', stop: null }]);
    expect(successors[0]!.number).not.toBe(frozen!.number);
  });

  test('F25 what ended on a frozen host is not recorded when another one has the job', async () => {
    const { sandbox, beta } = await withBeta();
    const gate = join(sandbox.folder, 'gate');
    const first = `until test -e '${gate}'; do sleep 0.05; done; echo late; exit 9`;
    const command = sandbox.ledgered(`(if test $QUEUECTL_ATTEMPT = 1; then ${first}; fi; echo second)`);
    await sandbox.enqueue({ id: 'moves', command });
    await started(sandbox, 'moves');
    const worker = beta.pidOf((await workersOf(sandbox, 'beta'))[0]!.pid);
    process.kill(worker, 'SIGSTOP');
    writeFileSync(gate, '');
    await until('the first attempt to end', () => sandbox.entries().includes('moves 1 end'));
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended('moves')).toMatchObject({ state: 'completed', attempt: 2 });
    process.kill(worker, 'SIGCONT');
    await until('the worker to go', () => !isAlive(worker));
    const { attempts, job } = await (await sandbox.queue()).details('moves');
    expect(job).toMatchObject({ state: 'completed', cause: null });
    expect(attempts).toMatchObject([{ outcome: 'lost' }, { outcome: 'succeeded', exitCode: 0 }]);
    expect(await sandbox.must('logs', 'moves')).toBe('second\n');
  });

  test('a job whose worker was killed is adopted on its own host, and not by the other one', async () => {
    const { sandbox, beta } = await withBeta(2);
    await sandbox.must('worker', 'start', '--count', '2');
    await sandbox.must('worker', 'stop'); // so that the job is beta's
    const gate = join(sandbox.folder, 'gate');
    const work = sandbox.ledgered(`until test -e '${gate}'; do sleep 0.05; done; (exit 7)`);
    await sandbox.enqueue({ id: 'stays', command: work, max_retries: 0 });
    await started(sandbox, 'stays');
    await sandbox.must('worker', 'start', '--count', '2');
    const { worker } = await sandbox.job('stays', (job) => job.worker !== null);
    const killed = (await workersOf(sandbox, 'beta')).find(({ number }) => number === worker)!;
    process.kill(beta.pidOf(killed.pid), 'SIGKILL');
    const adopted = await sandbox.job('stays', (job) => job.worker !== worker);
    expect((await workersOf(sandbox, 'beta')).map(({ number }) => number)).toContain(adopted.worker);
    writeFileSync(gate, '');
    expect(await sandbox.ended('stays')).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  });

  test('cancel reaches a job on another host, and says what became of it', async () => {
    const { sandbox, beta } = await withBeta();
    await sandbox.must('config', 'set', 'worker_poll_interval', '3600');
    await sandbox.enqueue({ id: 'far', command: endlessFirst(sandbox) });
    await started(sandbox, 'far');
    const pid = beta.pidOf(await pidOfJob(sandbox));
    const { stderr } = await sandbox.run('cancel', 'far');
    expect(stderr).toContain('job far cancelled');
    expect(isAlive(pid)).toBe(false);
    const { events, job } = await (await sandbox.queue()).details('far');
    expect(job).toMatchObject({ state: 'cancelled', attempt: 1 });
    expect(job.finishedAt! - events.at(-1)!.at).toBeLessThan(2000);
  });

  test('output, standard error and result of a job are shown on every host; of a long one the ends', async () => {
    const { sandbox, beta } = await withBeta();
    const split = { split_output: true } as const;
    await sandbox.enqueue(
      { id: 'short', command: 'echo out; echo err >&2; echo 42 > "$QUEUECTL_RESULT_FILE"', ...split },
      { id: 'long', command: 'echo first; seq 100000; echo last' },
    );
    await sandbox.ended('short');
    await sandbox.ended('long');
    expect(await sandbox.run('logs', 'short')).toMatchObject({ code: 0, stdout: 'out\n', stderr: '' });
    expect(await sandbox.must('logs', '--stderr', 'short')).toBe('err\n');
    expect(JSON.parse(await sandbox.must('show', 'short', '--json'))).toMatchObject({
      result: '42\n',
      attempts: [{ worker: 'worker-1', host: 'beta' }],
    });
    const { stdout, stderr } = await sandbox.run('logs', 'long');
    expect(stdout).toMatch(/^first\n1\n2\n[\s\S]*bytes are not stored[\s\S]*100000\nlast\n$/);
    expect(stderr).toContain('the whole output lies on host beta');
    const there = await beta.run('logs', 'long');
    expect(there).toMatchObject({ code: 0, stderr: '' });
    expect(there.stdout.split('\n')).toHaveLength(100_003);
  });

  test('logs of a job that runs on another host say so, and logs -f shows its output when it has ended', async () => {
    const { sandbox } = await withBeta();
    const gate = join(sandbox.folder, 'gate');
    await sandbox.enqueue({ id: 'far', command: `until test -e '${gate}'; do sleep 0.05; done; echo done` });
    await sandbox.job('far', ({ state }) => state === 'processing');
    const note = 'it runs on host beta: its output can be followed there, and is shown here when it has ended';
    expect(await sandbox.run('logs', 'far')).toMatchObject({ code: 0, stdout: '', stderr: `${note}\n` });
    const follower = sandbox.start(['logs', '--follow', '--exit-status', 'far']);
    let [out, told] = ['', ''];
    follower.stdout!.on('data', (text) => (out += text));
    follower.stderr!.on('data', (text) => (told += text));
    const exit = new Promise((resolve) => follower.once('close', resolve));
    await until('the note', () => told.includes(note));
    writeFileSync(gate, '');
    expect(await exit).toBe(0);
    expect({ out, told }).toEqual({ out: 'done\n', told: `${note}\n` });
  });
});

describe.skipIf(!CAN_HAVE_HOSTS)('worker stop (needs unshare and nsenter)', () => {
  test('means this host; --host means another one, whose pool stays stopped', async () => {
    const { sandbox, beta } = await withBeta(2);
    await sandbox.must('worker', 'start');
    expect((await sandbox.run('worker', 'stop')).stderr).toBe('worker-1 stopped\n');
    expect(await workersOf(sandbox, 'beta')).toHaveLength(2);
    const named = await sandbox.run('worker', 'stop', 'worker-1');
    expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('worker stop worker-1 --host beta') });
    await sandbox.enqueue({ id: 'running', command: sandbox.ledgered('sleep 1') });
    await started(sandbox, 'running');
    const { code, stderr } = await sandbox.run('worker', 'stop', '--host', 'beta');
    expect({ code, lines: stderr.trim().split('\n').sort() }).toEqual({
      code: 0,
      lines: ['worker-1 on beta stopped', 'worker-2 on beta stopped'],
    });
    expect(await (await sandbox.queue()).job('running')).toMatchObject({ state: 'completed', attempt: 1 });
    expect(await sandbox.workerPids()).toEqual([]);
    const pool = await (await sandbox.queue()).pools.find((await hostKeyOf(sandbox, 'beta'))!, 'default');
    expect(pool).toMatchObject({ wanted: 'stopped' });
    expect((await beta.run('worker', 'stop', '--all-hosts')).stderr).toContain('no worker runs on any host');
    const unknown = await sandbox.run('worker', 'stop', '--host', 'gamma');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no host gamma has had workers') });
  });

  test('--all-hosts --now ends what runs everywhere and gives it back', async () => {
    const { sandbox } = await withBeta();
    await sandbox.must('worker', 'start');
    await sandbox.enqueue(...['one', 'two'].map((id) => ({ id, command: sandbox.ledgered('sleep 600') })));
    for (const id of ['one', 'two']) await started(sandbox, id);
    const { stdout } = await sandbox.run('worker', 'stop', '--all-hosts', '--now', '--json');
    expect(JSON.parse(stdout).released.sort()).toEqual(['one', 'two']);
    const queue = await sandbox.queue();
    for (const id of ['one', 'two'])
      expect(await queue.job(id)).toMatchObject({ state: 'pending', attempt: 1, failures: 0, crashes: 0 });
    expect(await sandbox.workerPids()).toEqual([]);
  });

  test('--timeout is kept by the worker on the other host, also when nobody waits any more', async () => {
    const { sandbox } = await withBeta(2);
    await sandbox.enqueue({ id: 'endless', command: sandbox.ledgered('sleep 600') });
    await started(sandbox, 'endless');
    const { worker } = await (await sandbox.queue()).job('endless');
    const { name } = (await workersOf(sandbox, 'beta')).find(({ number }) => number === worker)!;
    const stop = sandbox.start(['worker', 'stop', name, '--host', 'beta', '--timeout', '2s']);
    await until('it to be asked', async () =>
      (await workersOf(sandbox, 'beta')).some((one) => one.state === 'stopping'),
    );
    stop.kill('SIGKILL');
    await until('it to go', async () => (await workersOf(sandbox, 'beta')).length === 1);
    const { attempts } = await (await sandbox.queue()).details('endless');
    expect(attempts[0]).toMatchObject({ attempt: 1, outcome: 'released' });
    const pool = await (await sandbox.queue()).pools.find((await hostKeyOf(sandbox, 'beta'))!, 'default');
    expect(pool).toMatchObject({ size: 1, wanted: 'running' });
  });

  test('--leave lets jobs go on for the next worker of their host; a drain can be made urgent', async () => {
    const { sandbox, beta } = await withBeta();
    const gate = join(sandbox.folder, 'gate');
    const work = sandbox.ledgered(`until test -e '${gate}'; do sleep 0.05; done`);
    await sandbox.enqueue({ id: 'long', command: work });
    await started(sandbox, 'long');
    const left = await sandbox.run('worker', 'stop', '--host', 'beta', '--leave');
    expect(left).toMatchObject({ code: 0, stderr: 'worker-1 on beta stopped; left long running\n' });
    await beta.must('worker', 'start');
    writeFileSync(gate, '');
    expect(await sandbox.ended('long')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
    await sandbox.enqueue({ id: 'endless', command: sandbox.ledgered('sleep 600') });
    await started(sandbox, 'endless');
    const drain = sandbox.start(['worker', 'stop', '--host', 'beta']);
    const exit = new Promise((resolve) => drain.once('close', resolve));
    await until('it to be asked', async () => (await workersOf(sandbox, 'beta'))[0]?.state === 'stopping');
    const now = await sandbox.run('worker', 'stop', '--host', 'beta', '--now');
    expect(now.stderr).toBe('worker-1 on beta stopped; gave back endless\n');
    expect(await exit).toBe(0);
  });

  test('of a host that is gone says so, when its lease is over', async () => {
    const { sandbox, beta } = await withBeta();
    await beta.end();
    const { code, stderr } = await sandbox.run('worker', 'stop', '--host', 'beta');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'worker-1 on beta gave no sign of life for a whole lease: taken for dead\n',
    });
    expect(await sandbox.workerPids()).toEqual([]);
  });
});

async function hostKeyOf(sandbox: Sandbox, hostName: string): Promise<string | undefined> {
  return (await (await sandbox.queue()).workers.hostsOf(hostName))[0];
}

test('F25 F60 a job is given back before its lease is over when the server does not answer any more', async () => {
  const sandbox = await newSandbox();
  const proxy = await PostgresProxy.before(sandbox.db);
  const queue = await sandbox.queue();
  // A neighbour on another host, of whom only the row is here.
  const place = {
    name: 'worker-1',
    host: 'boot/1',
    hostName: 'neighbour',
    pool: 'default',
    slot: 1,
    pid: 2,
    pidStart: '1',
  };
  const about = { version: '0.1.0', queues: null, types: ['shell'], concurrency: 1, leaseMs: 86_400_000 };
  const other = (await queue.workers.register({ ...place, ...about }))!;
  await sandbox.runWith({ env: { QUEUECTL_DB: proxy.url } }, 'worker', 'start');
  const [own] = await workersOf(sandbox, hostname());
  await sandbox.enqueue({ id: 'long', command: endlessFirst(sandbox) });
  await started(sandbox, 'long');
  const job = await pidOfJob(sandbox);
  await until('a sign of life', async () => (await workersOf(sandbox, hostname()))[0]!.seenAt > own!.seenAt);
  const silentFrom = performance.now();
  proxy.goSilent();
  await until('the job to be ended', () => !isAlive(job));
  expect(performance.now() - silentFrom).toBeLessThan(LEASE_SEC * 1000);
  expect(await queue.job('long')).toMatchObject({ state: 'processing', attempt: 1 });
  proxy.comeBack();
  expect(await sandbox.ended('long')).toMatchObject({ state: 'completed', attempt: 2, crashes: 0, failures: 0 });
  expect((await queue.details('long')).attempts[0]).toMatchObject({ outcome: 'released' });
  await queue.workers.end(other);
  await sandbox.must('worker', 'stop'); // while the proxy is there
});

test.skipIf(!CAN_HAVE_NETWORKS)(
  'F25 F60 a host whose network is cut ends its job before its lease is over, and then is a worker again (needs unshare and ip)',
  async () => {
    const sandbox = await newSandbox();
    const beta = await SecondHost.start(sandbox, 'beta', { network: true });
    const network = beta.wire();
    beta.db = (await PostgresProxy.before(sandbox.db, network.address)).url;
    await beta.must('worker', 'start');
    await sandbox.enqueue({ id: 'moves', command: endlessFirst(sandbox) });
    await started(sandbox, 'moves');
    const job = beta.pidOf(await pidOfJob(sandbox));
    await sandbox.must('worker', 'start');
    const [own] = await workersOf(sandbox, 'beta');
    await until(
      'two signs of life beside the other',
      async () => (await workersOf(sandbox, 'beta'))[0]!.seenAt > own!.seenAt + 1000,
    );
    const cutAt = performance.now();
    network.cut();
    await until('the job to be ended', () => !isAlive(job));
    expect(performance.now() - cutAt).toBeLessThan(LEASE_SEC * 1000);
    expect(await sandbox.ended('moves')).toMatchObject({ state: 'completed', attempt: 2, failures: 0 });
    const before = await (await sandbox.queue()).details('moves');
    network.mend();
    await until('beta to have a worker again', async () => {
      const [back] = await workersOf(sandbox, 'beta');
      return back !== undefined && back.number !== own!.number;
    });
    const after = await (await sandbox.queue()).details('moves');
    expect({ attempts: after.attempts, job: after.job }).toEqual({ attempts: before.attempts, job: before.job });
  },
);
